import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MetricColumn } from './metric-column.js';
import { pointsOf } from './points.js';

const NONE = Number.NaN;

function points(scale: Parameters<typeof pointsOf>[0], column: MetricColumn): number[] {
  return [...pointsOf(scale, column)];
}

describe('bands', () => {
  const bounds = [0, 1, 2, 3, 4, 6, 8, 9, 11, 12];

  test('the index of the highest bound reached, at least 1', () => {
    expect(points({ type: 'bands', bounds }, [-5, 0, 0.5, 1, 5, 6, 10, 11, 12, 100, null])).toEqual([
      1,
      1,
      1,
      2,
      5,
      6,
      8,
      9,
      10,
      10,
      NONE,
    ]);
  });

  test('money reaches a bound to the micro', () => {
    const scale = { type: 'bands' as const, bounds: [0, 0.1, 0.2, 0.3, 1, 2, 3, 4, 5, 6] };
    expect(points(scale, [299_999n, 300_000n, 300_001n, -1n])).toEqual([3, 4, 4, 1]);
  });
});

describe('linear', () => {
  test('from 1 at min to 10 at max, clamped', () => {
    expect(points({ type: 'linear', min: -0.5, max: 1 }, [-0.5, 0.25, 1, -3, 7, null])).toEqual([
      1,
      5.5,
      10,
      1,
      10,
      NONE,
    ]);
  });

  test('money counts in units', () => {
    expect(points({ type: 'linear', min: 0, max: 1_000 }, [500_000_000n])).toEqual([5.5]);
  });
});

test('judgement is the points themselves', () => {
  expect(points({ type: 'judgement' }, [1, 7.5, 10, null])).toEqual([1, 7.5, 10, NONE]);
});

describe('quantile', () => {
  test('ten accounts in ten bins', () => {
    const column = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
    // Type-7 cuts at h = 9k/10 lie between x[j] and x[j + 1], j = 0 … 8: each account has a bin of its own.
    expect(points({ type: 'quantile', bins: 10 }, column)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('an account on a cut is below it', () => {
    // N = 11, n = 5: h = 2, 4, 6, 8 are whole, the cuts are the values 30, 50, 70, 90 themselves.
    const column = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110];
    expect(points({ type: 'quantile', bins: 5 }, column)).toEqual([1, 1, 1, 3.25, 3.25, 5.5, 5.5, 7.75, 7.75, 10, 10]);
  });

  test('ties share a bin, and bins between them stay empty', () => {
    expect(points({ type: 'quantile', bins: 4 }, [5, 5, 5, 5, 5, 5, 9])).toEqual([1, 1, 1, 1, 1, 1, 10]);
  });

  test('null has no points and is not counted', () => {
    expect(points({ type: 'quantile', bins: 2 }, [null, 1, null, 2, null])).toEqual([NONE, 1, NONE, 10, NONE]);
    expect(points({ type: 'quantile', bins: 2 }, [null])).toEqual([NONE]);
    expect(points({ type: 'quantile', bins: 2 }, [])).toEqual([]);
  });

  test('amounts that no double can tell apart still have bins of their own', () => {
    const huge = 9_007_199_254_740_993_000n;
    expect(points({ type: 'quantile', bins: 2 }, [huge, huge + 1n])).toEqual([1, 10]);
  });

  const amounts = fc.array(fc.option(fc.bigInt({ min: -50n, max: 50n })), { maxLength: 40 });
  const bins = fc.integer({ min: 2, max: 100 });

  test.each([
    ['small amounts', 1n],
    ['amounts beyond the exact doubles', 10n ** 18n],
  ])('agrees with interpolated cuts in exact fractions: %s', (_, unit) => {
    fc.assert(
      fc.property(amounts, bins, (values, n) => {
        const column = values.map((value) => (value === null ? null : value * unit));
        expect(points({ type: 'quantile', bins: n }, column)).toEqual(byFractions(column, n));
      }),
    );
  });

  test('agrees with interpolated cuts in exact fractions: doubles', () => {
    const doubles = fc.array(
      fc.integer({ min: -400, max: 400 }).map((eighths) => eighths / 8),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(doubles, bins, (values, n) => {
        const inEighths = values.map((value) => BigInt(value * 8));
        expect(points({ type: 'quantile', bins: n }, values)).toEqual(byFractions(inEighths, n));
      }),
    );
  });

  test('does not depend on the order of the accounts', () => {
    fc.assert(
      fc.property(amounts, bins, fc.infiniteStream(fc.nat()), (values, n, keys) => {
        const shuffled = values.map((value, index) => ({ index, value, key: keys.next().value as number }));
        shuffled.sort((a, b) => a.key - b.key);
        const straight = points({ type: 'quantile', bins: n }, values);
        const mixed = points(
          { type: 'quantile', bins: n },
          shuffled.map(({ value }) => value),
        );
        expect(mixed).toEqual(shuffled.map(({ index }) => straight[index]));
      }),
    );
  });
});

/** Type-7 cuts worked out as exact fractions: value > x[j] + r/n (x[j+1] − x[j]) as n (value − x[j]) > r (x[j+1] − x[j]). */
function byFractions(column: readonly (bigint | null)[], bins: number): number[] {
  const sorted = column.filter((value) => value !== null).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return column.map((value) => {
    if (value === null) return Number.NaN;
    let below = 0;
    for (let k = 1; k < bins; k++) {
      const h = BigInt(sorted.length - 1) * BigInt(k);
      const n = BigInt(bins);
      const low = sorted[Number(h / n)]!;
      const high = sorted[Number(h / n) + 1] ?? low;
      if (n * (value - low) > (h % n) * (high - low)) below++;
    }
    return 1 + (9 * below) / (bins - 1);
  });
}
