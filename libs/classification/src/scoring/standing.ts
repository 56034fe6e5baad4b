import { formatMicros } from '#money';
import type { MetricValue, Reader } from '#platform';
import type { Comparator } from '../classification.events.js';
import type { Population, Ranking } from './evaluate-policy.js';
import { gateTest } from './gates.js';

/** A raw value as the API shows it: a number, money as a decimal string in the base currency, or null. */
export type ShownValue = number | string | null;

/** How one account stands in a ranking. */
export interface AccountStanding {
  /** Null: no score. */
  readonly rank: number | null;
  readonly score: number | null;
  /** 0 to 1. */
  readonly coverage: number;
  readonly tier: string | null;
  /** Whether the policy selects it. */
  readonly candidate: boolean;
  /** Why there is no score: a criterion that blocks is missing, nothing is known, or too little; null where there is one. */
  readonly noScore: 'criterion-missing' | 'nothing-known' | 'coverage' | null;
  readonly gates: readonly {
    readonly metric: string;
    readonly op: Comparator;
    readonly value: number | string;
    readonly actual: ShownValue;
    readonly passed: boolean;
  }[];
  readonly contributions: readonly Contribution[];
}

export interface Contribution {
  /** The criterion's key in the policy. */
  readonly criterion: string;
  readonly metric: string;
  readonly raw: ShownValue;
  /** 1 to 10; null: missing, or withheld with its raw value. */
  readonly points: number | null;
  readonly weight: number;
  /** weight × points / Σ weights present: they sum to the score. Null: missing, or no score. */
  readonly contribution: number | null;
}

/** Metrics that divide by what all accounts have together: from a share and its own figure a reader knows that sum. */
const SHARES: ReadonlySet<string> = new Set(['revenueShare', 'profitShare']);

/** Whether a metric is a share, and the reader one who sees some of the accounts only. */
function isWithheld(reader: Pick<Reader, 'accounts'>, metric: string): boolean {
  return reader.accounts !== undefined && SHARES.has(metric);
}

/** How a reader is shown a metric's value: null for what is withheld. */
export function shownTo(reader: Pick<Reader, 'accounts'>, metric: string, value: MetricValue): ShownValue {
  if (isWithheld(reader, metric)) return null;
  return typeof value === 'bigint' ? formatMicros(value) : value;
}

/** Everything that a ranking says to a reader of the account at a place of its population. */
export function standingOf(
  ranking: Ranking,
  population: Population,
  index: number,
  reader: Pick<Reader, 'accounts'>,
): AccountStanding {
  const { policy } = ranking;
  const score = numberOrNull(ranking.scores[index]!);
  const actual = (metric: string): MetricValue => population.column(metric)[index] ?? null;
  const shown = (metric: string) => shownTo(reader, metric, actual(metric));
  return {
    rank: ranking.ranks[index] || null,
    score,
    coverage: ranking.coverages[index]!,
    tier: tierAt(ranking, index),
    candidate: ranking.selected[index] === 1,
    noScore: score === null ? reasonFor(ranking, index) : null,
    gates: policy.gates.map((gate) => ({
      metric: gate.metric,
      op: gate.op,
      value: gate.value,
      actual: shown(gate.metric),
      passed: gateTest(gate)(actual(gate.metric)),
    })),
    contributions: policy.criteria.map(({ key, metric, weight }, number) => {
      // Points on a linear scale tell the share again.
      const points = isWithheld(reader, metric) ? null : numberOrNull(ranking.points[number]![index]!);
      const contribution = points === null || score === null ? null : (weight * points) / ranking.weights[index]!;
      return { criterion: key, metric, raw: shown(metric), points, weight, contribution };
    }),
  };
}

export function tierAt({ policy, tiers }: Ranking, index: number): string | null {
  return policy.tiers[tiers[index]!]?.tier ?? null;
}

function reasonFor({ policy, points, weights }: Ranking, index: number): AccountStanding['noScore'] {
  const blocks = policy.criteria.some(
    ({ missing }, number) => missing === 'block' && Number.isNaN(points[number]![index]),
  );
  if (blocks) return 'criterion-missing';
  return weights[index] === 0 ? 'nothing-known' : 'coverage';
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
