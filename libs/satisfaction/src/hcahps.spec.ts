import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { satisfactionTrend } from './satisfaction-trend.js';
import { addTallies, NO_RESPONSES, type Tally, tallyOf } from './survey-metrics.js';

/**
 * Real surveys: overall ratings of US hospitals (HCAHPS), by state and yearly release, in per cent of three bands that
 * are those of NPS. A hundred made responses stand for each state and release.
 */
const FILE = join(import.meta.dirname, '../../../../shared/data/hcahps/state_results.csv');

interface Release {
  readonly month: number;
  readonly bottom: number;
  readonly middle: number;
  readonly top: number;
}

function releasesByState(): Map<string, Release[]> {
  const states = new Map<string, Release[]>();
  for (const line of readFileSync(FILE, 'utf8').split(/\r?\n/)) {
    const [release = '', state = '', measure, bottom, middle, top] = line.split(',');
    if (measure !== 'H_HSP_RATING') continue;
    const [month, year] = release.split('_').map(Number);
    const releases = states.get(state) ?? [];
    releases.push({
      month: (year ?? 0) * 12 + (month ?? 0) - 1,
      bottom: Number(bottom),
      middle: Number(middle),
      top: Number(top),
    });
    states.set(state, releases);
  }
  return states;
}

/** The scores of a band in turn. */
function scores(count: number, from: number, to: number): number[] {
  return Array.from({ length: count }, (_, index) => from + (index % (to - from + 1)));
}

function responses({ bottom, middle, top }: Release): Tally {
  return [...scores(bottom, 0, 6), ...scores(middle, 7, 8), ...scores(top, 9, 10)]
    .map((score) => tallyOf('nps', score))
    .reduce(addTallies, NO_RESPONSES);
}

/** Ordinary least squares by the normal equations, months counted from the first release. */
function leastSquares(releases: readonly Release[]): { slope: number; slopeError: number } {
  const start = Math.min(...releases.map(({ month }) => month));
  const points = releases.map(({ month, top, bottom }) => ({ x: month - start, y: top - bottom }));
  const n = points.length;
  let [sumX, sumY, sumXX, sumXY] = [0, 0, 0, 0];
  for (const { x, y } of points) {
    sumX += x;
    sumY += y;
    sumXX += x * x;
    sumXY += x * y;
  }
  const determinant = n * sumXX - sumX * sumX;
  const slope = (n * sumXY - sumX * sumY) / determinant;
  const intercept = (sumY * sumXX - sumX * sumXY) / determinant;
  const squares = points.reduce((sum, { x, y }) => sum + (y - intercept - slope * x) ** 2, 0);
  return { slope, slopeError: Math.sqrt(((squares / (n - 2)) * n) / determinant) };
}

const IS_THERE = existsSync(FILE);
const IS_REQUIRED = process.env.KEYLEDGER_REQUIRE?.includes('data') === true;
if (!IS_THERE) process.stderr.write(`\nnot run: HCAHPS, for there is no ${FILE}\n`);

(IS_THERE || IS_REQUIRED ? it : it.skip)(
  'the NPS of every state and release is top less bottom, its slope that of least squares',
  () => {
    const states = releasesByState();
    let compared = 0;
    for (const releases of states.values()) {
      const months = new Map(releases.map((release) => [release.month, responses(release)]));
      const trend = satisfactionTrend('nps', months, { since: null, until: null });
      const expected = [...releases].sort((a, b) => a.month - b.month);
      expect(trend.items.map(({ value, moving, responses: count }) => ({ value, moving, count }))).toEqual(
        expected.map(({ top, bottom }) => ({ value: top - bottom, moving: top - bottom, count: 100 })),
      );
      const line = leastSquares(releases);
      expect(trend.slope).toBeCloseTo(line.slope, 10);
      expect(trend.slopeError).toBeCloseTo(line.slopeError, 10);
      compared += releases.length;
    }
    expect([states.size, compared]).toEqual([51, 458]);
  },
);
