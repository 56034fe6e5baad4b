import { describe, expect, test } from '@jest/globals';
import type { Criterion } from '../classification.events.js';
import { countingPoints, weightedScores } from './score.js';

const NONE = Number.NaN;

function criterion(weight: number, missing: Criterion['missing'] = 'exclude'): Criterion {
  return { key: `w${weight}`, metric: 'revenue', weight, missing, scale: { type: 'judgement' } };
}

/** One account with these points. */
function scoreOf(criteria: readonly Criterion[], points: readonly number[], minCoverage = 0) {
  const columns = criteria.map((each, index) => countingPoints(each, Float64Array.of(points[index]!)));
  const { scores, coverages, weights } = weightedScores(criteria, columns, minCoverage);
  return { score: scores[0], coverage: coverages[0], weight: weights[0] };
}

describe('the weighted score', () => {
  test('the worked example: weights 7, 5, 8, 3 on 83, 71, 78, 54', () => {
    const { score, coverage } = scoreOf([criterion(7), criterion(5), criterion(8), criterion(3)], [83, 71, 78, 54]);
    expect(score).toBeCloseTo(74.869565217, 9);
    expect(coverage).toBe(1);
  });

  test('a missing criterion is left out, and the coverage says so', () => {
    const { score, coverage, weight } = scoreOf([criterion(6), criterion(4)], [8, NONE]);
    expect({ score, coverage, weight }).toEqual({ score: 8, coverage: 0.6, weight: 6 });
  });

  test('`lowest` counts 1 point for a missing value, and is present', () => {
    expect(scoreOf([criterion(6), criterion(4, 'lowest')], [8, NONE])).toEqual({ score: 5.2, coverage: 1, weight: 10 });
  });

  test('`block` leaves no score', () => {
    const { score, coverage } = scoreOf([criterion(6), criterion(4, 'block')], [8, NONE]);
    expect([score, coverage]).toEqual([NONE, 0.6]);
  });

  test('nothing known leaves no score', () => {
    expect(scoreOf([criterion(6), criterion(4)], [NONE, NONE])).toEqual({ score: NONE, coverage: 0, weight: 0 });
  });

  test('coverage below its least leaves no score; at it there is one, also where doubles add up beside it', () => {
    expect(scoreOf([criterion(6), criterion(4)], [8, NONE], 0.61).score).toBe(NONE);
    expect(scoreOf([criterion(6), criterion(4)], [8, NONE], 0.6).score).toBe(8);
    const tenths = [criterion(0.1), criterion(0.2), criterion(0.7)];
    expect(scoreOf(tenths, [8, 8, NONE], 0.3)).toMatchObject({ coverage: 0.3 });
    expect(scoreOf(tenths, [8, 8, NONE], 0.3).score).toBeCloseTo(8, 12);
  });
});
