import { formatInstant } from '#calendar';
import type { ReadStore } from '#event-sourcing';
import type { LedgerSettings, PortraitPart } from '#platform';
import { surveysProjection } from './projections/surveys.projection.js';
import type { SurveyMetric } from './satisfaction.events.js';
import { accountValue, SurveyWindows } from './satisfaction.metrics.js';
import { NEWEST_SURVEYS, surveyItem } from './satisfaction.queries.js';
import { meetsTarget, NO_RESPONSES, SURVEY_METRICS, type Tally } from './survey-metrics.js';

const WINDOW_MONTHS = 12;

/**
 * The member `satisfaction` of a portrait: `{windowMonths, csat, nps, ces, latest}`. Of each metric over the last twelve
 * months `{value, responses, target, met}`, the value in percent, `value` and `met` null under the metric's minimum of
 * responses; `latest` is the newest survey, or null.
 */
export function satisfactionPart(settings: LedgerSettings, readStore: ReadStore): PortraitPart {
  const windows = new SurveyWindows(readStore, settings);

  async function latest(accountId: string, asOf: number) {
    const [row] = await readStore.find(surveysProjection.collection.name, {
      filter: {
        accountId: { eq: accountId },
        scoredAt: { lte: formatInstant(settings.calendar.endOfDay(asOf)) },
      },
      sort: NEWEST_SURVEYS,
      limit: 1,
    });
    return row === undefined ? null : { ...surveyItem(row) };
  }

  async function standing(metric: SurveyMetric, accountId: string, asOf: number) {
    const tallies = await windows.load(metric, { asOf, windowMonths: WINDOW_MONTHS, accounts: [accountId] });
    return standingOf(metric, tallies.get(accountId) ?? NO_RESPONSES);
  }

  return {
    key: 'satisfaction',
    async load(accountId, asOf) {
      const [csat, nps, ces, newest] = await Promise.all([
        standing('csat', accountId, asOf),
        standing('nps', accountId, asOf),
        standing('ces', accountId, asOf),
        latest(accountId, asOf),
      ]);
      return { windowMonths: WINDOW_MONTHS, csat, nps, ces, latest: newest };
    },
  };
}

function standingOf(metric: SurveyMetric, tally: Tally) {
  const value = accountValue(metric, tally);
  return {
    value,
    responses: tally.responses,
    target: SURVEY_METRICS[metric].target,
    met: value === null ? null : meetsTarget(metric, tally),
  };
}
