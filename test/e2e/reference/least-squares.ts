import { Fraction, sum } from './fraction.js';

export interface WeightedPoint {
  readonly x: number;
  readonly y: Fraction;
  readonly weight: number;
}

/**
 * The line y = a + b x that minimizes Σ w (y − a − b x)², by the normal equations and in fractions until the last root.
 * @returns b, and its standard error with the variance of the residuals estimated from n − 2 degrees of freedom
 */
export function leastSquares(points: readonly WeightedPoint[]): { slope: number; slopeError: number } {
  const total = (term: (x: Fraction, y: Fraction) => Fraction) =>
    sum(points.map(({ x, y, weight }) => Fraction.of(weight).times(term(Fraction.of(x), y))));
  const w = total(() => Fraction.of(1));
  const wx = total((x) => x);
  const wy = total((_, y) => y);
  const wxx = total((x) => x.times(x));
  const wxy = total((x, y) => x.times(y));
  const determinant = w.times(wxx).minus(wx.times(wx));
  const slope = w.times(wxy).minus(wx.times(wy)).over(determinant);
  const intercept = wxx.times(wy).minus(wx.times(wxy)).over(determinant);
  const squares = total((x, y) => {
    const residual = y.minus(intercept).minus(slope.times(x));
    return residual.times(residual);
  });
  const variance = squares.over(Fraction.of(points.length - 2));
  return { slope: slope.toNumber(), slopeError: Math.sqrt(variance.times(w).over(determinant).toNumber()) };
}
