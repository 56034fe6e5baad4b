import { addMonths } from '#calendar';
import type { Document, ReadStore } from '#event-sourcing';
import type { LedgerSettings, MetricRequest, MetricSource, MetricValue, MetricValues } from '#platform';
import { surveyTotalsProjection } from './projections/survey-totals.projection.js';
import type { SurveyMetric } from './satisfaction.events.js';
import { METRIC_NAMES, percentOf, SURVEY_METRICS, type Tally } from './survey-metrics.js';

/**
 * The responses of accounts in a window of days, `(asOf − months, asOf]`: the difference of two running totals.
 */
export class SurveyWindows {
  constructor(
    private readonly readStore: ReadStore,
    private readonly settings: LedgerSettings,
  ) {}

  /** Responses to the metric by account; an account that gave none by `asOf` is left out. */
  async load(
    metric: SurveyMetric,
    { asOf, windowMonths, accounts }: Omit<MetricRequest, 'ids'>,
  ): Promise<Map<string, Tally>> {
    const [until, before] = await Promise.all([
      this.upTo(metric, asOf, accounts),
      windowMonths === null ? [] : this.upTo(metric, addMonths(asOf, -windowMonths), accounts),
    ]);
    const earlier = new Map<string, Document>();
    for (const row of before) earlier.set(String(row.accountId), row);
    const tallies = new Map<string, Tally>();
    for (const row of until) tallies.set(String(row.accountId), difference(row, earlier.get(String(row.accountId))));
    return tallies;
  }

  private upTo(metric: SurveyMetric, day: number, accounts: readonly string[] | undefined): Promise<Document[]> {
    return this.readStore.latestBy(surveyTotalsProjection(metric, this.settings.calendar).collection.name, {
      fields: ['accountId', 'responses', 'positive', 'negative'],
      groupBy: ['accountId'],
      by: 'day',
      upTo: BigInt(day),
      filter: accounts === undefined ? {} : { accountId: { in: accounts } },
    });
  }
}

/** The value of an account's responses in percent; null when they are fewer than the metric's minimum. */
export function accountValue(metric: SurveyMetric, tally: Tally): number | null {
  return tally.responses < SURVEY_METRICS[metric].minimumResponses ? null : percentOf(tally);
}

/** `csat`, `nps`, `ces`: the value of the account's responses in the window, in percent; null under five of them. */
export function satisfactionMetrics(settings: LedgerSettings, readStore: ReadStore): MetricSource {
  const windows = new SurveyWindows(readStore, settings);
  return {
    ids: METRIC_NAMES,
    absent: () => ({ csat: null, nps: null, ces: null }),
    async load(request): Promise<MetricValues> {
      const wanted = METRIC_NAMES.filter((metric) => request.ids?.includes(metric) ?? true);
      const tallies = await Promise.all(wanted.map((metric) => windows.load(metric, request)));
      const nothing: Readonly<Record<string, MetricValue>> = Object.fromEntries(wanted.map((metric) => [metric, null]));
      const values = new Map<string, Record<string, MetricValue>>();
      wanted.forEach((metric, index) => {
        for (const [accountId, tally] of tallies[index] ?? []) {
          const own = values.get(accountId) ?? { ...nothing };
          own[metric] = accountValue(metric, tally);
          values.set(accountId, own);
        }
      });
      return values;
    },
  };
}

function difference(until: Document, before: Document | undefined): Tally {
  return {
    responses: Number(until.responses) - Number(before?.responses ?? 0n),
    positive: Number(until.positive) - Number(before?.positive ?? 0n),
    negative: Number(until.negative) - Number(before?.negative ?? 0n),
  };
}
