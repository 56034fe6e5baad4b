import type { Criterion } from '../classification.events.js';
import { exactDecimal } from './exact-decimal.js';

/** Scores of a population, each in the order of its accounts. */
export interface Scores {
  /** Σ weight × points / Σ weight over the criteria present; NaN: none. */
  readonly scores: Float64Array;
  /** Σ weights present / Σ weights, 0 to 1. A criterion that counts its lowest points for lack of a value is present. */
  readonly coverages: Float64Array;
  /** Σ weights present. */
  readonly weights: Float64Array;
}

/** The points that count, after the policy's word for missing ones; NaN: not present. */
export function countingPoints({ missing }: Criterion, points: Float64Array): Float64Array {
  return missing === 'lowest' ? points.map((value) => (Number.isNaN(value) ? 1 : value)) : points;
}

/**
 * The weighted means. There is no score where a criterion that blocks is missing, where nothing is present, and where
 * coverage is below `minCoverage`.
 * @param points for each criterion the points that count, see {@link countingPoints}
 */
export function weightedScores(
  criteria: readonly Pick<Criterion, 'weight' | 'missing'>[],
  points: readonly Float64Array[],
  minCoverage: number,
): Scores {
  const size = points[0]?.length ?? 0;
  const sums = new Float64Array(size);
  const weights = new Float64Array(size);
  const wholePresent = new Float64Array(size);
  const blocked = new Uint8Array(size);
  const whole = wholeWeights(criteria.map(({ weight }) => weight));
  criteria.forEach(({ weight, missing }, number) => {
    const column = points[number]!;
    const wholeWeight = whole[number]!;
    for (let index = 0; index < size; index++) {
      const value = column[index]!;
      if (!Number.isNaN(value)) {
        sums[index]! += weight * value;
        weights[index]! += weight;
        wholePresent[index]! += wholeWeight;
      } else if (missing === 'block') blocked[index] = 1;
    }
  });
  const total = whole.reduce((sum, weight) => sum + weight, 0);
  const coverages = wholePresent.map((present) => present / total);
  const scores = sums.map((sum, index) => {
    const none = blocked[index] === 1 || weights[index] === 0 || coverages[index]! < minCoverage;
    return none ? Number.NaN : sum / weights[index]!;
  });
  return { scores, coverages, weights };
}

/**
 * The weights, as integers in the same proportions where they fit: sums of decimals such as 0.1 + 0.2 would put a
 * coverage just beside a bound that it meets.
 */
function wholeWeights(weights: readonly number[]): readonly number[] {
  const decimals = weights.map(exactDecimal);
  const scale = Math.max(0, ...decimals.map((decimal) => decimal.scale));
  const whole = decimals.map((decimal) => decimal.coefficient * 10n ** BigInt(scale - decimal.scale));
  const sum = whole.reduce((total, weight) => total + weight, 0n);
  return sum <= BigInt(Number.MAX_SAFE_INTEGER) ? whole.map(Number) : weights;
}
