import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Observation, weightedSlope } from './weighted-line.js';

describe('the slope of a weighted line', () => {
  it('has no error where all points lie on the line', () => {
    const line = weightedSlope([
      { x: 1, y: 80, weight: 10 },
      { x: 2, y: 85, weight: 20 },
      { x: 3, y: 90, weight: 10 },
    ]);
    expect(line).toEqual({ slope: 5, slopeError: 0 });
  });

  it('is what the sums give by hand', () => {
    // Σw 23, Σwx 34, Σwy 1900, Σwx² 92, Σwxy 2800, Σwy² 169000; times 23: Sxx 960, Sxy −200, Syy 277000.
    const line = weightedSlope([
      { x: 0, y: 90, weight: 10 },
      { x: 2, y: 40, weight: 5 },
      { x: 3, y: 100, weight: 8 },
    ]);
    expect(line?.slope).toBeCloseTo(-200 / 960, 12);
    expect(line?.slopeError).toBeCloseTo(Math.sqrt((277000 - 200 ** 2 / 960) / 960), 10);
  });

  it('is not known under three points, or where all lie at one x', () => {
    const point = { x: 1, y: 80, weight: 10 };
    expect(weightedSlope([])).toBeNull();
    expect(weightedSlope([point, { ...point, x: 2 }])).toBeNull();
    expect(weightedSlope([point, point, { ...point, y: 1 }])).toBeNull();
  });

  const observations = fc.uniqueArray(
    fc.record({
      x: fc.integer({ min: 24_000, max: 24_400 }),
      y: fc.integer({ min: -100, max: 100 }),
      weight: fc.integer({ min: 1, max: 9 }),
    }),
    { minLength: 3, maxLength: 20, selector: ({ x }) => x },
  );

  it('is that of the plain line through every point as often as it weighs', () => {
    fc.assert(
      fc.property(observations, (points) => {
        const repeated = points.flatMap(({ x, y, weight }) =>
          Array.from({ length: weight }, () => [x - 24_000, y] as const),
        );
        const n = repeated.length;
        const total = (term: (x: number, y: number) => number) => repeated.reduce((sum, [x, y]) => sum + term(x, y), 0);
        const [sumX, sumY] = [total((x) => x), total((_, y) => y)];
        const expected = (n * total((x, y) => x * y) - sumX * sumY) / (n * total((x) => x * x) - sumX * sumX);
        expect(weightedSlope(points)?.slope).toBeCloseTo(expected, 8);
      }),
    );
  });

  it('stays the same when all weights grow alike or the points move together', () => {
    fc.assert(
      fc.property(observations, fc.integer({ min: 2, max: 50 }), (points, by) => {
        const line = weightedSlope(points);
        const changed = points.map(({ x, y, weight }): Observation => ({ x: x + by, y: y - by, weight: weight * by }));
        expect(weightedSlope(changed)?.slope).toBeCloseTo(line?.slope ?? 0, 8);
        expect(weightedSlope(changed)?.slopeError).toBeCloseTo(line?.slopeError ?? 0, 8);
      }),
    );
  });
});
