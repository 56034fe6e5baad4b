import type { Document, Filter, ReadStore } from '#event-sourcing';
import type { LedgerSettings } from '#platform';
import { surveyMonthsProjection, surveyPartialsProjection } from './projections/survey-months.projection.js';
import type { SurveyMetric } from './satisfaction.events.js';
import type { MonthSpan } from './satisfaction-trend.js';
import { addTallies, NO_RESPONSES, type Tally } from './survey-metrics.js';

/** Responses by month number. */
export type TalliesByMonth = ReadonlyMap<number, Tally>;

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
   * Responses of all accounts or of these together. Of all they come from the few partials; of many accounts from a seek
   * for each.
   */
  async load(metric: SurveyMetric, span: MonthSpan, accounts?: readonly string[]): Promise<TalliesByMonth> {
    const filter: Filter = { metric: { eq: metric }, ...monthsIn(span) };
    if (accounts === undefined) return merged(await this.sums(this.#partials, filter, ['month']));
    const rows: Document[] = [];
    for (const some of handfulsOf(accounts)) {
      rows.push(...(await this.sums(this.#byAccount, { accountId: { in: some }, ...filter }, ['month'])));
    }
    return merged(rows);
  }

  /** Responses of each of these accounts that has any. */
  async loadEach(metric: SurveyMetric, accounts: readonly string[]): Promise<Map<string, TalliesByMonth>> {
    const each = new Map<string, Map<number, Tally>>();
    for (const some of handfulsOf(accounts)) {
      const filter: Filter = { accountId: { in: some }, metric: { eq: metric } };
      for (const row of await this.sums(this.#byAccount, filter, ['accountId', 'month'])) {
        const accountId = String(row.accountId);
        const months = each.get(accountId) ?? new Map<number, Tally>();
        each.set(accountId, months.set(Number(row.month), tallyIn(row)));
      }
    }
    return each;
  }

  private sums(collection: string, filter: Filter, groupBy: readonly string[]): Promise<Document[]> {
    return this.readStore.sumBy(collection, { filter, groupBy, sum: ['responses', 'positive', 'negative'] });
  }
}

function* handfulsOf(accounts: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < accounts.length; start += ACCOUNTS_A_QUERY) {
    yield accounts.slice(start, start + ACCOUNTS_A_QUERY);
  }
}

function monthsIn({ since, until }: MonthSpan): Filter {
  if (since === null && until === null) return {};
  return {
    month: { ...(since !== null && { gte: BigInt(since) }), ...(until !== null && { lte: BigInt(until) }) },
  };
}

function merged(rows: readonly Document[]): TalliesByMonth {
  const months = new Map<number, Tally>();
  for (const row of rows) {
    const month = Number(row.month);
    months.set(month, addTallies(months.get(month) ?? NO_RESPONSES, tallyIn(row)));
  }
  return months;
}

function tallyIn({ responses, positive, negative }: Document): Tally {
  return { responses: Number(responses), positive: Number(positive), negative: Number(negative) };
}
