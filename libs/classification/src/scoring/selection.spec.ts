import { describe, expect, test } from '@jest/globals';
import type { Selection } from '../classification.events.js';
import { candidates } from './selection.js';
import { tierOf } from './tiers.js';

/** Accounts 0, 1, 2 … in the order of rank. */
function chosen(
  selection: Omit<Selection, 'requireGates'> | null,
  options: Partial<{
    scores: number[];
    passes: number[];
    revenue: (bigint | null)[];
    requireGates: boolean;
  }> = {},
): number[] {
  const { scores = [9, 8, 7, 6], revenue = [40n, 30n, 20n, 10n], requireGates = false } = options;
  const passes = Uint8Array.from(options.passes ?? scores.map(() => 1));
  const selected = candidates(selection === null ? null : { ...selection, requireGates }, {
    best: Uint32Array.from(scores.keys()),
    scores: Float64Array.from(scores),
    passes,
    revenue,
  });
  return [...selected.keys()].filter((index) => selected[index] === 1);
}

describe('selection', () => {
  test('the first n', () => {
    expect(chosen({ top: 2 })).toEqual([0, 1]);
    expect(chosen({ top: 9 })).toEqual([0, 1, 2, 3]);
    expect(chosen({ top: 2 }, { passes: [1, 0, 1, 1], requireGates: true })).toEqual([0, 2]);
    expect(chosen({ top: 2 }, { passes: [1, 0, 1, 1] })).toEqual([0, 1]);
  });

  test('a least score, reached or passed', () => {
    expect(chosen({ minScore: 7 })).toEqual([0, 1, 2]);
    expect(chosen({ minScore: 7 }, { passes: [0, 1, 1, 1], requireGates: true })).toEqual([1, 2]);
    expect(chosen({ minScore: 1 })).toEqual([0, 1, 2, 3]);
  });

  test('the fewest that together reach a share of the revenue', () => {
    expect(chosen({ cumulativeRevenue: 0.4 })).toEqual([0]);
    expect(chosen({ cumulativeRevenue: 0.41 })).toEqual([0, 1]);
    expect(chosen({ cumulativeRevenue: 0.7 })).toEqual([0, 1]);
    expect(chosen({ cumulativeRevenue: 1 })).toEqual([0, 1, 2, 3]);
  });

  test('losses neither shrink the whole nor what is reached', () => {
    // Positive revenue is 100; the second account's loss counts 0.
    const revenue = [50n, -500n, 30n, 20n];
    expect(chosen({ cumulativeRevenue: 0.5 }, { revenue })).toEqual([0]);
    expect(chosen({ cumulativeRevenue: 0.8 }, { revenue })).toEqual([0, 1, 2]);
    expect(chosen({ cumulativeRevenue: 0.5 }, { revenue: [-1n, null, 0n, 0n] })).toEqual([]);
  });

  test('with gates the share is still one of all revenue; those that pass may not reach it', () => {
    expect(chosen({ cumulativeRevenue: 0.5 }, { passes: [0, 1, 1, 1], requireGates: true })).toEqual([1, 2]);
    expect(chosen({ cumulativeRevenue: 0.9 }, { passes: [0, 1, 1, 1], requireGates: true })).toEqual([1, 2, 3]);
  });

  test('none without a selection', () => {
    expect(chosen(null)).toEqual([]);
  });
});

describe('tiers', () => {
  const rules = [
    { tier: 'platinum', selected: true, requireGates: true, maxRank: 2 },
    { tier: 'gold', selected: true },
    { tier: 'silver', minScore: 7 },
    { tier: 'watch', requireGates: true },
    { tier: 'regular', selected: false },
  ];
  const standing = { selected: true, passesGates: true, score: 8, rank: 1 };

  test('the first rule whose conditions all hold', () => {
    expect(tierOf(rules, standing)).toBe(0);
    expect(tierOf(rules, { ...standing, rank: 2 })).toBe(0);
    expect(tierOf(rules, { ...standing, rank: 3 })).toBe(1);
    expect(tierOf(rules, { ...standing, passesGates: false })).toBe(1);
    expect(tierOf(rules, { ...standing, selected: false, score: 7 })).toBe(2);
    expect(tierOf(rules, { ...standing, selected: false, score: 6.9 })).toBe(3);
    expect(tierOf(rules, { selected: false, passesGates: false, score: 1, rank: 9 })).toBe(4);
  });

  test('an account without a score has the tiers that ask for none', () => {
    const unscored = { selected: false, passesGates: false, score: Number.NaN, rank: 0 };
    expect(tierOf(rules, unscored)).toBe(4);
    expect(tierOf(rules.slice(0, 4), unscored)).toBe(-1);
  });
});
