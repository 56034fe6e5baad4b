import type { ZonedCalendar } from '#calendar';
import { type RunningTotalsProjection, runningTotals, subjectIdOf } from '#event-sourcing';
import { SURVEY_SCORED, type SurveyMetric, type SurveyScoredData } from '../satisfaction.events.js';
import { tallyOf } from '../survey-metrics.js';

/**
 * How many responses to one metric an account had given up to each day, the positive and the negative ones among them.
 * One projection a metric: a ranking reads a row of every account, and mostly for one metric only.
 */
export function surveyTotalsProjection(metric: SurveyMetric, calendar: ZonedCalendar): RunningTotalsProjection {
  return runningTotals({
    name: `${metric}-totals`,
    version: 1,
    events: [SURVEY_SCORED],
    subject: 'accountId',
    totals: ['responses', 'positive', 'negative'],
    subjectOf: subjectIdOf,
    postings: (event) => {
      const data = event.data as SurveyScoredData;
      if (data.metric !== metric) return [];
      const { responses, positive, negative } = tallyOf(metric, data.score);
      const amounts = { responses: BigInt(responses), positive: BigInt(positive), negative: BigInt(negative) };
      return [{ day: calendar.dayOfText(event.metadata.occurredAt), amounts }];
    },
  });
}
