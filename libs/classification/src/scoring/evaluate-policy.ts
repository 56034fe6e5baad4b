import type { Policy } from '../classification.events.js';
import { passesAll } from './gates.js';
import type { MetricColumn } from './metric-column.js';
import { pointsOf } from './points.js';
import { rankOrder } from './rank.js';
import { countingPoints, weightedScores } from './score.js';
import { candidates } from './selection.js';
import { tierOf } from './tiers.js';

/** Accounts with their metrics, columns in the order of the ids. */
export interface Population {
  readonly accountIds: readonly string[];
  /** Of the policy's window. */
  column(metric: string): MetricColumn;
}

/**
 * What a policy makes of a population, in columns: place `i` speaks of the account `accountIds[i]`. A row of it is made by
 * {@link standingOf} when somebody looks.
 */
export interface Ranking {
  readonly policy: Policy;
  readonly accountIds: readonly string[];
  /** Places, best first; the accounts without a score are behind the first `ranked` ones. */
  readonly order: Uint32Array;
  readonly ranked: number;
  /** From 1, unique; 0: no score. */
  readonly ranks: Uint32Array;
  /** NaN: none. */
  readonly scores: Float64Array;
  /** 0 to 1. */
  readonly coverages: Float64Array;
  /** Σ weights present. */
  readonly weights: Float64Array;
  /** For each criterion the points that count, NaN where it is missing. */
  readonly points: readonly Float64Array[];
  /** 1: all gates are passed. */
  readonly passes: Uint8Array;
  /** 1: a candidate. */
  readonly selected: Uint8Array;
  /** Places in the policy's list of tiers; −1: none. */
  readonly tiers: Int32Array;
}

/** Evaluates a policy. Pure; cost n log n in accounts, for each quantile criterion. */
export function evaluatePolicy(policy: Policy, population: Population): Ranking {
  const { accountIds } = population;
  const size = accountIds.length;
  const points = policy.criteria.map((criterion) =>
    countingPoints(criterion, pointsOf(criterion.scale, population.column(criterion.metric))),
  );
  const { scores, coverages, weights } = weightedScores(policy.criteria, points, policy.minCoverage);
  const revenue = population.column('revenue');
  const { order, ranked } = rankOrder(accountIds, scores, revenue);
  const best = order.subarray(0, ranked);
  const ranks = new Uint32Array(size);
  best.forEach((index, place) => {
    ranks[index] = place + 1;
  });
  const gateColumns = policy.gates.map(({ metric }) => population.column(metric));
  const passes = passesAll(policy.gates, gateColumns, size);
  const selected = candidates(policy.selection, { best, scores, passes, revenue });
  const tiers = new Int32Array(size);
  for (let index = 0; index < size; index++) {
    tiers[index] = tierOf(policy.tiers, {
      selected: selected[index] === 1,
      passesGates: passes[index] === 1,
      score: scores[index]!,
      rank: ranks[index]!,
    });
  }
  return {
    policy,
    accountIds,
    order,
    ranked,
    ranks,
    scores,
    coverages,
    weights,
    points,
    passes,
    selected,
    tiers,
  };
}
