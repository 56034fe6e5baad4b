import {
  type Command,
  contentHash,
  type Decider,
  type Decision,
  type DomainEvent,
  KeyedState,
  reject,
  textForm,
} from '#event-sourcing';
import {
  type SatisfactionEvent,
  SURVEY_SCORED,
  type SurveyMetric,
  type SurveyScoredData,
} from './satisfaction.events.js';
import { SURVEY_METRICS } from './survey-metrics.js';

/** Optional members may also be null, which says the same as leaving them out. */
export type SatisfactionCommand = Command<
  'score-survey',
  {
    readonly surveyId: string;
    readonly metric: SurveyMetric;
    /** Any finite number. */
    readonly score: number;
    readonly scoredAt: string;
    readonly respondent?: string | null;
    readonly touchpoint?: string | null;
    readonly comment?: string | null;
  }
>;

export interface SatisfactionState {
  /** What each survey said, as a hash, by its id. */
  readonly surveys: KeyedState<string>;
}

/** Decides which scores of one account are recorded. */
export function satisfactionDecider(): Decider<SatisfactionState, SatisfactionCommand> {
  return {
    name: 'satisfaction',
    commands: ['score-survey'],
    version: 1,
    snapshot: { write: () => null, read: (_, { surveys }, part) => ({ surveys: part(surveys) }) },
    initial: () => ({ surveys: KeyedState.empty('satisfaction.surveys', textForm) }),
    evolve,
    decide,
  };
}

function evolve(state: SatisfactionState, event: DomainEvent<string, object>): SatisfactionState {
  if (event.type !== SURVEY_SCORED) return state;
  const data = event.data as SurveyScoredData;
  return { surveys: state.surveys.set(data.surveyId, surveyHash(data, event.occurredAt)) };
}

function decide({ data }: SatisfactionCommand, state: SatisfactionState): Decision {
  const { surveyId, metric, score, scoredAt } = data;
  const { min, max } = SURVEY_METRICS[metric];
  if (!Number.isInteger(score) || score < min || score > max) {
    return reject(
      'rule',
      'score-out-of-scale',
      `A score of ${metric.toUpperCase()} is a whole number from ${min} to ${max}.`,
      { metric, min, max },
    );
  }
  const survey: SurveyScoredData = {
    surveyId,
    metric,
    score,
    ...(data.respondent && { respondent: data.respondent }),
    ...(data.touchpoint && { touchpoint: data.touchpoint }),
    ...(data.comment && { comment: data.comment }),
  };
  const known = state.surveys.get(surveyId);
  if (known !== undefined) {
    if (known === surveyHash(survey, scoredAt)) return [];
    return reject('conflict', 'id-exists', `A survey ${surveyId} with other content is recorded already.`);
  }
  const scored: SatisfactionEvent = { type: SURVEY_SCORED, data: survey, occurredAt: scoredAt };
  return [scored];
}

function surveyHash(survey: SurveyScoredData, scoredAt: string): string {
  return contentHash({ ...survey, scoredAt });
}
