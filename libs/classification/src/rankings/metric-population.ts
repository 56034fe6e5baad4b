import { ratio } from '#money';
import type { AccountEntry, MetricSource, MetricValue, MetricValues } from '#platform';
import { APPRAISAL_PREFIX, METRIC_IDS } from '../metric-ids.js';
import type { Population } from '../scoring/evaluate-policy.js';
import type { MetricColumn } from '../scoring/metric-column.js';

/** What one source knows of accounts. */
export interface LoadedSource {
  readonly source: MetricSource;
  readonly values: MetricValues;
}

type Metrics = Readonly<Record<string, MetricValue>>;

/** What one source knows, in the order of the population's accounts; `undefined`: nothing of that one. */
interface SourceRows {
  readonly source: MetricSource;
  readonly absent: Metrics;
  readonly rows: readonly (Metrics | undefined)[];
}

/** All that a population is made of. */
interface Parts {
  /** By id ascending by code unit. */
  readonly accounts: readonly AccountEntry[];
  readonly accountIds: readonly string[];
  readonly sources: readonly SourceRows[];
}

/**
 * The accounts of a day with the metrics of all sources. It never changes: {@link MetricPopulation.with} gives another one
 * that takes over what has not changed, so that a few accounts' news cost little more than copies of arrays.
 */
export class MetricPopulation implements Population {
  readonly accounts: readonly AccountEntry[];
  readonly accountIds: readonly string[];
  readonly #sources: readonly SourceRows[];
  readonly #columns = new Map<string, MetricColumn>();
  readonly #readers = new Map<string, (place: number) => MetricValue>();
  readonly #sums = new Map<string, bigint>();
  #appraisals: readonly string[] | undefined;

  private constructor({ accounts, accountIds, sources }: Parts) {
    this.accounts = accounts;
    this.accountIds = accountIds;
    this.#sources = sources;
  }

  /** @param accounts by id ascending by code unit */
  static of(accounts: readonly AccountEntry[], loaded: readonly LoadedSource[]): MetricPopulation {
    const accountIds = idsOf(accounts);
    const sources = loaded.map(({ source, values }) => ({
      source,
      absent: source.absent(),
      rows: accountIds.map((accountId) => values.get(accountId)),
    }));
    return new MetricPopulation({ accounts, accountIds, sources });
  }

  /**
   * The population with some accounts as they are now, be they new or not.
   * @param loaded what each source knows of these accounts, the sources in the order of {@link MetricPopulation.of}
   */
  with(changed: readonly AccountEntry[], loaded: readonly LoadedSource[]): MetricPopulation {
    const places = changed.map(({ accountId }) => this.indexOf(accountId));
    if (places.includes(-1)) return this.#grown(changed, loaded);
    const accounts = this.accounts.slice();
    for (const [number, place] of places.entries()) accounts[place] = changed[number]!;
    const sources = this.#sources.map((each, number) => {
      const rows = each.rows.slice();
      const values = loaded[number]?.values;
      for (const place of places) rows[place] = values?.get(this.accountIds[place]!);
      return { ...each, rows };
    });
    const next = new MetricPopulation({ accounts, accountIds: this.accountIds, sources });
    next.#takeOver(this, places);
    return next;
  }

  /** Columns and sums that were made, brought up to date at the places. */
  #takeOver(before: MetricPopulation, places: readonly number[]): void {
    for (const [metric, known] of before.#columns) {
      if (this.#shareOf(metric) !== undefined) continue;
      const column = known.slice();
      for (const place of places) column[place] = this.value(metric, place);
      this.#columns.set(metric, column);
    }
    for (const [metric, known] of before.#sums) {
      let sum = known;
      for (const place of places) {
        sum += positive(this.value(metric, place)) - positive(before.value(metric, place));
      }
      this.#sums.set(metric, sum);
    }
  }

  #grown(changed: readonly AccountEntry[], loaded: readonly LoadedSource[]): MetricPopulation {
    const fresh = new Map(changed.map((account) => [account.accountId, account]));
    const added = changed.filter(({ accountId }) => this.indexOf(accountId) < 0);
    const accounts = [...this.accounts.map((account) => fresh.get(account.accountId) ?? account), ...added].sort(byId);
    const accountIds = idsOf(accounts);
    const before = accountIds.map((accountId) => this.indexOf(accountId));
    const sources = this.#sources.map((each, number) => ({
      ...each,
      rows: accountIds.map((accountId, place) =>
        fresh.has(accountId) ? loaded[number]?.values.get(accountId) : each.rows[before[place]!],
      ),
    }));
    return new MetricPopulation({ accounts, accountIds, sources });
  }

  /** All null for a metric that no source computes. */
  column(metric: string): MetricColumn {
    const known = this.#columns.get(metric);
    if (known !== undefined) return known;
    const value = this.#reader(metric);
    const column = Array.from(this.accountIds, (_, place) => value(place));
    this.#columns.set(metric, column);
    return column;
  }

  /** Of the account at a place. */
  value(metric: string, place: number): MetricValue {
    return this.#reader(metric)(place);
  }

  /** Every metric of formulas.md, and the appraisals that the account has. */
  metricsOf(place: number): Record<string, MetricValue> {
    const metrics: Record<string, MetricValue> = {};
    for (const metric of METRIC_IDS) metrics[metric] = this.value(metric, place);
    for (const metric of this.appraisals()) {
      const points = this.value(metric, place);
      if (points !== null) metrics[metric] = points;
    }
    return metrics;
  }

  /** The ids of all appraisals that any account has, ascending. */
  appraisals(): readonly string[] {
    this.#appraisals ??= this.#findAppraisals();
    return this.#appraisals;
  }

  /** Place of an account; −1: it is not among them. */
  indexOf(accountId: string): number {
    let low = 0;
    let high = this.accountIds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.accountIds[middle]! < accountId) low = middle + 1;
      else high = middle;
    }
    return this.accountIds[low] === accountId ? low : -1;
  }

  /** Made once for a metric: to find who knows it costs more than a look at its value. */
  #reader(metric: string): (place: number) => MetricValue {
    const known = this.#readers.get(metric);
    if (known !== undefined) return known;
    const reader = this.#newReader(metric);
    this.#readers.set(metric, reader);
    return reader;
  }

  #newReader(metric: string): (place: number) => MetricValue {
    const whole = this.#shareOf(metric);
    if (whole !== undefined) return this.#shareReader(whole);
    const owner = this.#sources.find(({ source }) => source.ids.some((id) => covers(id, metric)));
    if (owner === undefined) return () => null;
    const { rows, absent } = owner;
    return (place) => (rows[place] ?? absent)[metric] ?? null;
  }

  #shareReader(whole: string): (place: number) => MetricValue {
    const sum = this.#sumOf(whole);
    const own = this.#reader(whole);
    return (place) => {
      const value = own(place);
      return sum === 0n || typeof value !== 'bigint' ? null : ratio(value, sum);
    };
  }

  /** The metric that a metric is a share of. */
  #shareOf(metric: string): string | undefined {
    for (const { source } of this.#sources) {
      const whole = source.shares?.[metric];
      if (whole !== undefined) return whole;
    }
    return undefined;
  }

  /** Of the positive values. */
  #sumOf(metric: string): bigint {
    const known = this.#sums.get(metric);
    if (known !== undefined) return known;
    let sum = 0n;
    for (const value of this.column(metric)) sum += positive(value);
    this.#sums.set(metric, sum);
    return sum;
  }

  #findAppraisals(): readonly string[] {
    const found = new Set<string>();
    for (const { source, rows } of this.#sources) {
      if (!source.ids.includes(APPRAISAL_PREFIX)) continue;
      for (const own of rows) if (own !== undefined) for (const metric of Object.keys(own)) found.add(metric);
    }
    return [...found].sort();
  }
}

function idsOf(accounts: readonly AccountEntry[]): readonly string[] {
  return accounts.map(({ accountId }) => accountId);
}

function byId(a: AccountEntry, b: AccountEntry): number {
  return a.accountId < b.accountId ? -1 : a.accountId > b.accountId ? 1 : 0;
}

function positive(value: MetricValue): bigint {
  return typeof value === 'bigint' && value > 0n ? value : 0n;
}

/** Whether an id of a source is the metric, or a family that it is of. */
function covers(id: string, metric: string): boolean {
  return id === metric || (id.endsWith(':') && metric.startsWith(id));
}
