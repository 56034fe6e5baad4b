import { describe, expect, it } from '@jest/globals';
import type { SurveyMetric } from './satisfaction.events.js';
import { satisfactionTrend } from './satisfaction-trend.js';
import { addTallies, meetsTarget, NO_RESPONSES, percentOf, type Tally, tallyOf } from './survey-metrics.js';

function tally(metric: SurveyMetric, scores: readonly number[]): Tally {
  return scores.reduce((sum, score) => addTallies(sum, tallyOf(metric, score)), NO_RESPONSES);
}

function month(year: number, monthOfYear: number): number {
  return year * 12 + monthOfYear - 1;
}

function responses(positive: number, of: number): Tally {
  return { responses: of, positive, negative: 0 };
}

describe('the value of a metric', () => {
  it.each<[SurveyMetric, readonly number[], number]>([
    ['csat', [1, 2, 3, 4, 5], 40],
    ['csat', [4, 5, 5, 3], 75],
    ['nps', [0, 6, 7, 8, 9, 10], 0],
    ['nps', [9, 10, 10, 6], 50],
    ['nps', [0, 1, 2], -100],
    ['ces', [4, 5, 6, 7], 75],
  ])('%s of %j is %s %%', (metric, scores, value) => {
    expect(percentOf(tally(metric, scores))).toBe(value);
  });

  it('is not known without responses', () => {
    expect(percentOf(NO_RESPONSES)).toBeNull();
    expect(meetsTarget('csat', NO_RESPONSES)).toBeNull();
  });

  it('meets the target of CSAT from 90 % on; the others have none', () => {
    expect(meetsTarget('csat', responses(9, 10))).toBe(true);
    expect(meetsTarget('csat', responses(899, 1000))).toBe(false);
    expect(meetsTarget('nps', responses(9, 10))).toBeNull();
  });
});

describe('a trend', () => {
  const months = new Map([
    [month(2026, 4), responses(8, 8)],
    [month(2025, 10), responses(0, 100)],
    [month(2025, 11), responses(4, 4)],
    [month(2025, 12), responses(3, 6)],
    [month(2026, 1), responses(9, 10)],
    [month(2026, 3), responses(2, 5)],
    [month(2026, 5), responses(0, 50)],
  ]);

  it('pools the responses of three calendar months, those before the first listed one and empty ones included', () => {
    const { items } = satisfactionTrend('csat', months, { since: month(2026, 1), until: month(2026, 4) });
    expect(items).toEqual([
      // (4 + 3 + 9) of (4 + 6 + 10)
      { period: '2026-01', value: 90, responses: 10, moving: 80, target: 90, met: true },
      // (9 + 0 + 2) of (10 + 0 + 5)
      { period: '2026-03', value: 40, responses: 5, moving: 1100 / 15, target: 90, met: false },
      // (0 + 2 + 8) of (0 + 5 + 8)
      { period: '2026-04', value: 100, responses: 8, moving: 1000 / 13, target: 90, met: true },
    ]);
  });

  it('has the slope of the listed months, weighted by their responses', () => {
    const trend = satisfactionTrend('csat', months, { since: month(2026, 1), until: month(2026, 4) });
    // See weighted-line.spec.ts for the sums of (0, 90), (2, 40), (3, 100) with weights 10, 5, 8.
    expect(trend.slope).toBeCloseTo(-200 / 960, 10);
    expect(trend.slopeError).toBeCloseTo(Math.sqrt((277000 - 200 ** 2 / 960) / 960), 8);
  });

  it('has no slope under three months', () => {
    const trend = satisfactionTrend('csat', months, { since: month(2026, 2), until: month(2026, 4) });
    expect(trend).toMatchObject({ slope: null, slopeError: null });
    expect(trend.items).toHaveLength(2);
  });

  it('lists all months with responses where nothing bounds it', () => {
    const { items } = satisfactionTrend('nps', months, { since: null, until: null });
    expect(items.map(({ period }) => period)).toEqual([
      '2025-10',
      '2025-11',
      '2025-12',
      '2026-01',
      '2026-03',
      '2026-04',
      '2026-05',
    ]);
    expect(items[0]).toEqual({ period: '2025-10', value: 0, responses: 100, moving: 0, target: null, met: null });
  });

  it('is empty without responses', () => {
    expect(satisfactionTrend('csat', new Map(), { since: null, until: null })).toEqual({
      items: [],
      slope: null,
      slopeError: null,
    });
  });
});
