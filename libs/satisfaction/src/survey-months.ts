import type { Document, Filter, ReadStore } from '#event-sourcing';
import type { LedgerSettings } from '#platform';
import { surveyMonthsProjection, surveyPartialsProjection } from './projections/survey-months.projection.js';
import type { SurveyMetric } from './satisfaction.events.js';
import type { MonthSpan } from './satisfaction-trend.js';
import { addTallies, NO_RESPONSES, type Tally } from './survey-metrics.js';

/** So many account ids stand in one filter: a command of MongoDB holds 16 MiB, an id up to 64 characters. */
const ACCOUNTS_A_QUERY = 20_000;

/** The responses of calendar months as the read models have them. */
export class SurveyMonths {
  readonly #byAccount: string;
  readonly #partials: string;

  constructor(
    private readonly readStore: ReadStore,
    { calendar }: LedgerSettings,
  ) {
    this.#byAccount = surveyMonthsProjection(calendar).collection.name;
    this.#partials = surveyPartialsProjection(calendar).collection.name;
  }

  /**
   * Responses by month number, of all accounts or of these together. Of all they come from the few partials; of many
   * accounts from a seek for each.
   */
  async load(metric: SurveyMetric, span: MonthSpan, accounts?: readonly string[]): Promise<Map<number, Tally>> {
    const filter: Filter = { metric: { eq: metric }, ...monthsIn(span) };
    if (accounts === undefined) return merged(await this.monthly(this.#partials, filter));
    const rows: Document[] = [];
    for (let start = 0; start < accounts.length; start += ACCOUNTS_A_QUERY) {
      const some = accounts.slice(start, start + ACCOUNTS_A_QUERY);
      rows.push(...(await this.monthly(this.#byAccount, { accountId: { in: some }, ...filter })));
    }
    return merged(rows);
  }

  private monthly(collection: string, filter: Filter): Promise<Document[]> {
    return this.readStore.sumBy(collection, {
      filter,
      groupBy: ['month'],
      sum: ['responses', 'positive', 'negative'],
    });
  }
}

function monthsIn({ since, until }: MonthSpan): Filter {
  if (since === null && until === null) return {};
  return {
    month: { ...(since !== null && { gte: BigInt(since) }), ...(until !== null && { lte: BigInt(until) }) },
  };
}

function merged(rows: readonly Document[]): Map<number, Tally> {
  const months = new Map<number, Tally>();
  for (const row of rows) {
    const month = Number(row.month);
    const tally = {
      responses: Number(row.responses),
      positive: Number(row.positive),
      negative: Number(row.negative),
    };
    months.set(month, addTallies(months.get(month) ?? NO_RESPONSES, tally));
  }
  return months;
}
