import type { AccountEntry, MetricSource, MetricValue, MetricValues } from '#platform';
import { APPRAISAL_PREFIX, METRIC_IDS } from '../metric-ids.js';
import type { Population } from '../scoring/evaluate-policy.js';
import type { MetricColumn } from '../scoring/metric-column.js';

/** What one source knows of the accounts. */
export interface LoadedSource {
  readonly source: MetricSource;
  readonly values: MetricValues;
}

/** The accounts of a day with the metrics of all sources. */
export class MetricPopulation implements Population {
  readonly accountIds: readonly string[];
  readonly #columns = new Map<string, MetricColumn>();
  readonly #loaded: readonly (LoadedSource & { readonly absent: Readonly<Record<string, MetricValue>> })[];
  #appraisals: readonly string[] | undefined;

  /** @param accounts by id ascending by code unit */
  constructor(
    readonly accounts: readonly AccountEntry[],
    loaded: readonly LoadedSource[],
  ) {
    this.accountIds = accounts.map(({ accountId }) => accountId);
    this.#loaded = loaded.map((each) => ({ ...each, absent: each.source.absent() }));
  }

  /** All null for a metric that no source computes. */
  column(metric: string): MetricColumn {
    const known = this.#columns.get(metric);
    if (known !== undefined) return known;
    const column = this.accountIds.map(this.#reader(metric));
    this.#columns.set(metric, column);
    return column;
  }

  /** Every metric of formulas.md, and the appraisals that the account has. */
  metricsOf(index: number): Record<string, MetricValue> {
    const metrics: Record<string, MetricValue> = {};
    for (const metric of METRIC_IDS) metrics[metric] = this.column(metric)[index] ?? null;
    for (const metric of this.appraisals()) {
      const points = this.column(metric)[index] ?? null;
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

  #reader(metric: string): (accountId: string) => MetricValue {
    const owner = this.#loaded.find(({ source }) => source.ids.some((id) => covers(id, metric)));
    if (owner === undefined) return () => null;
    const { values, absent } = owner;
    return (accountId) => (values.get(accountId) ?? absent)[metric] ?? null;
  }

  #findAppraisals(): readonly string[] {
    const found = new Set<string>();
    for (const { source, values } of this.#loaded) {
      if (!source.ids.includes(APPRAISAL_PREFIX)) continue;
      for (const own of values.values()) for (const metric of Object.keys(own)) found.add(metric);
    }
    return [...found].sort();
  }
}

/** Whether an id of a source is the metric, or a family that it is of. */
function covers(id: string, metric: string): boolean {
  return id === metric || (id.endsWith(':') && metric.startsWith(id));
}
