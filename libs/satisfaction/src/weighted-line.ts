/** One observation: `y` at `x`, counting `weight` times as much as one of weight 1. */
export interface Observation {
  readonly x: number;
  readonly y: number;
  /** Above 0. */
  readonly weight: number;
}

export interface Slope {
  /** Units of `y` a unit of `x`. */
  readonly slope: number;
  /** Standard error of the slope. */
  readonly slopeError: number;
}

/**
 * The slope of the straight line y = a + b x by weighted least squares, which minimizes Σ wᵢ (yᵢ − a − b xᵢ)²:
 *
 * - x̄ = Σ wᵢ xᵢ / Σ wᵢ, ȳ likewise, S = Σ wᵢ (xᵢ − x̄)²
 * - b = Σ wᵢ (xᵢ − x̄)(yᵢ − ȳ) / S
 * - standard error of b = √(s² / S) with s² = Σ wᵢ rᵢ² / (n − 2), rᵢ = yᵢ − a − b xᵢ
 *
 * Weights tell how precise the observations are in relation to each other, so that multiplying all of them by a number
 * changes nothing.
 *
 * @returns null under three observations, or when all lie at one `x`
 */
export function weightedSlope(observations: readonly Observation[]): Slope | null {
  const n = observations.length;
  if (n < 3) return null;
  const total = sum(observations, ({ weight }) => weight);
  const meanX = sum(observations, ({ x, weight }) => weight * x) / total;
  const meanY = sum(observations, ({ y, weight }) => weight * y) / total;
  const spread = sum(observations, ({ x, weight }) => weight * (x - meanX) ** 2);
  if (spread === 0) return null;
  const slope = sum(observations, ({ x, y, weight }) => weight * (x - meanX) * (y - meanY)) / spread;
  const residuals = sum(observations, ({ x, y, weight }) => weight * (y - meanY - slope * (x - meanX)) ** 2);
  return { slope, slopeError: Math.sqrt(residuals / (n - 2) / spread) };
}

function sum(observations: readonly Observation[], term: (observation: Observation) => number): number {
  return observations.reduce((total, observation) => total + term(observation), 0);
}
