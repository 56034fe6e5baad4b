import type { Selection } from '../classification.events.js';
import { ceilDivide, exactDecimal } from './exact-decimal.js';
import type { MetricColumn } from './metric-column.js';

/** What candidates are chosen by. */
export interface Ranked {
  /** Places of the accounts that have a score, best first. */
  readonly best: Uint32Array;
  readonly scores: Float64Array;
  /** 1 where all gates are passed. */
  readonly passes: Uint8Array;
  readonly revenue: MetricColumn;
}

/**
 * For every account 1 where it is a candidate; one without a score never is. With `requireGates` the accounts that fail a
 * gate are passed over.
 *
 * `cumulativeRevenue: p` takes accounts in the order of rank until their positive revenues reach the share p of the positive
 * revenue of *all* accounts; if those that may be taken do not reach it, all of them.
 */
export function candidates(selection: Selection | null, { best, scores, passes, revenue }: Ranked): Uint8Array {
  const selected = new Uint8Array(scores.length);
  if (selection === null) return selected;
  const eligible = selection.requireGates ? best.filter((index) => passes[index] === 1) : best;
  const chosen = eligible.subarray(0, countOf(selection, eligible, scores, revenue));
  for (const index of chosen) selected[index] = 1;
  return selected;
}

function countOf(selection: Selection, eligible: Uint32Array, scores: Float64Array, revenue: MetricColumn): number {
  if (selection.top !== undefined) return selection.top;
  const { minScore } = selection;
  if (minScore !== undefined) {
    const below = eligible.findIndex((index) => scores[index]! < minScore);
    return below < 0 ? eligible.length : below;
  }
  if (selection.cumulativeRevenue !== undefined) return coreOf(eligible, revenue, selection.cumulativeRevenue);
  return 0;
}

/** How many of the first together reach the share, compared exactly. */
function coreOf(eligible: Uint32Array, revenue: MetricColumn, share: number): number {
  const { coefficient, scale } = exactDecimal(share);
  let total = 0n;
  for (const value of revenue) total += positive(value);
  const wanted = ceilDivide(total * coefficient, 10n ** BigInt(scale));
  let reached = 0n;
  let count = 0;
  while (count < eligible.length && reached < wanted) reached += positive(revenue[eligible[count++]!]);
  return count;
}

function positive(value: MetricColumn[number] | undefined): bigint {
  return typeof value === 'bigint' && value > 0n ? value : 0n;
}
