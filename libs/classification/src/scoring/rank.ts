import { comparableNumbers, compareValues, type MetricColumn } from './metric-column.js';

export interface Order {
  /** Places of the accounts in the population, best first: those with a score, then those without. */
  readonly order: Uint32Array;
  /** How many have a score. */
  readonly ranked: number;
}

type Comparison = (a: number, b: number) => number;

/** Score ranges into which accounts are dealt before they are compared. */
const RANGES = 65_536;
/** Up to so many accounts are sorted by insertion. */
const FEW = 12;

/**
 * The order of the ranking: score descending, then revenue descending, then account id ascending by code unit, which is
 * total. Accounts without a score come behind all others, in the same order without the score.
 */
export function rankOrder(accountIds: readonly string[], scores: Float64Array, revenue: MetricColumn): Order {
  const size = accountIds.length;
  const order = new Uint32Array(size);
  let ranked = 0;
  for (let index = 0; index < size; index++) if (!Number.isNaN(scores[index])) order[ranked++] = index;
  for (let index = 0, next = ranked; index < size; index++) if (Number.isNaN(scores[index])) order[next++] = index;
  const byRevenue = revenueOrder(revenue);
  const tied: Comparison = (a, b) => byRevenue(a, b) || (accountIds[a]! < accountIds[b]! ? -1 : 1);
  sortByScore(order.subarray(0, ranked), scores, (a, b) => scores[b]! - scores[a]! || tied(a, b));
  order.subarray(ranked).sort(tied);
  return { order, ranked };
}

/**
 * Sorts accounts in place, the best score first. They are dealt into ranges of scores, which keeps their order, for a
 * higher score never falls into a later range; then each range is sorted. So most are compared with few others.
 */
function sortByScore(accounts: Uint32Array, scores: Float64Array, comparison: Comparison): void {
  let best = Number.NEGATIVE_INFINITY;
  let least = Number.POSITIVE_INFINITY;
  for (const index of accounts) {
    const score = scores[index]!;
    if (score > best) best = score;
    if (score < least) least = score;
  }
  const step = best > least ? (RANGES - 1) / (best - least) : 0;
  const rangeOf = (index: number) => Math.floor((best - scores[index]!) * step);
  const ends = new Uint32Array(RANGES + 1);
  for (const index of accounts) ends[rangeOf(index) + 1]! += 1;
  for (let range = 1; range <= RANGES; range++) ends[range]! += ends[range - 1]!;
  const starts = ends.slice(0, RANGES);
  // A copy, for the places are written while they are read.
  for (const index of accounts.slice()) accounts[starts[rangeOf(index)]!++] = index;
  for (let range = 0; range < RANGES; range++) sortRange(accounts, ends[range]!, ends[range + 1]!, comparison);
}

function sortRange(accounts: Uint32Array, low: number, high: number, comparison: Comparison): void {
  if (high - low > FEW) {
    accounts.subarray(low, high).sort(comparison);
    return;
  }
  for (let next = low + 1; next < high; next++) {
    const account = accounts[next]!;
    let place = next;
    while (place > low && comparison(accounts[place - 1]!, account) > 0) {
      accounts[place] = accounts[place - 1]!;
      place--;
    }
    accounts[place] = account;
  }
}

/** Descending; an unknown revenue comes last. */
function revenueOrder(revenue: MetricColumn): Comparison {
  const numbers = comparableNumbers(revenue)?.map((value) => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value));
  if (numbers !== undefined) return (a, b) => compareValues(numbers[b]!, numbers[a]!);
  const known = (index: number) => revenue[index] ?? Number.NEGATIVE_INFINITY;
  return (a, b) => compareValues(known(b), known(a));
}
