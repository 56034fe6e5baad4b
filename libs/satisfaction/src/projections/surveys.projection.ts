import { type Document, documents, subjectIdOf } from '#event-sourcing';
import { SURVEY_SCORED, type SurveyScoredData } from '../satisfaction.events.js';

/** Every survey as it was scored, for the lists of an account. */
export const surveysProjection = documents({
  name: 'surveys',
  version: 1,
  collection: {
    fields: {
      accountId: 'text',
      surveyId: 'text',
      scoredAt: 'text',
      recordedAt: 'text',
      metric: 'text',
      score: 'number',
      respondent: 'text',
      touchpoint: 'text',
      comment: 'text',
    },
    key: ['accountId', 'surveyId'],
    indexes: [['accountId', 'scoredAt', 'surveyId']],
  },
  events: [SURVEY_SCORED],
  keys: (event) => [[subjectIdOf(event), (event.data as SurveyScoredData).surveyId]],
  fold: (_, event): Document => {
    const { surveyId, metric, score, respondent, touchpoint, comment } = event.data as SurveyScoredData;
    return {
      accountId: subjectIdOf(event),
      surveyId,
      scoredAt: event.metadata.occurredAt,
      recordedAt: event.metadata.recordedAt,
      metric,
      score,
      respondent: respondent ?? null,
      touchpoint: touchpoint ?? null,
      comment: comment ?? null,
    };
  },
});
