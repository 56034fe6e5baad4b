import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rankOrder } from './rank.js';

function ordered(ids: readonly string[], scores: readonly number[], revenue: readonly (bigint | null)[]): string[] {
  const { order, ranked } = rankOrder(ids, Float64Array.from(scores), revenue);
  expect(ranked).toBe(scores.filter((score) => !Number.isNaN(score)).length);
  return Array.from(order, (index) => ids[index]!);
}

describe('the order of a ranking', () => {
  test('score, then revenue, then id by code unit; without a score last', () => {
    const ids = ['B', 'a', 'b', 'c', 'd', 'e', 'f'];
    const scores = [5, 5, 5, 9, 5, Number.NaN, Number.NaN];
    expect(ordered(ids, scores, [2n, 2n, 2n, null, 3n, 1n, 4n])).toEqual(['c', 'd', 'B', 'a', 'b', 'f', 'e']);
  });

  test('revenues that no double can tell apart, losses, and unknown ones', () => {
    const huge = 2n ** 62n;
    expect(ordered(['a', 'b', 'c', 'd'], [1, 1, 1, 1], [huge, huge + 1n, null, -5n])).toEqual(['b', 'a', 'd', 'c']);
  });

  test('is that of a plain sort, for many accounts, few or many of them tied', () => {
    const many = fc.integer({ min: 0, max: 2_000 });
    fc.assert(
      fc.property(many, fc.nat(), fc.constantFrom(1, 3, 40, 100_000), (size, seed, kinds) => {
        let random = seed;
        const next = (bound: number) => {
          random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
          return Math.floor((random / 2_147_483_648) * bound);
        };
        const rows = Array.from({ length: size }, (_, index) => ({
          id: `id-${index}`,
          score: next(10) === 0 ? Number.NaN : 1 + (9 * next(kinds)) / kinds,
          revenue: BigInt(next(4)),
        })).sort((a, b) => (a.id < b.id ? -1 : 1));
        const expected = [...rows].sort((a, b) => {
          const [first, second] = [a, b].map(({ score }) => (Number.isNaN(score) ? -1 : score));
          return second! - first! || Number(b.revenue - a.revenue) || (a.id < b.id ? -1 : 1);
        });
        const found = ordered(
          rows.map(({ id }) => id),
          rows.map(({ score }) => score),
          rows.map(({ revenue }) => revenue),
        );
        expect(found).toEqual(expected.map(({ id }) => id));
      }),
      { numRuns: 40 },
    );
  });
});
