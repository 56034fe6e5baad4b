import { csvRows } from './csv.js';
import { Fraction } from './fraction.js';
import { leastSquares } from './least-squares.js';

/** So many made responses stand for a state and release: one for each per cent. */
export const RESPONSES = 100;

/** The overall rating of a state's hospitals in one yearly release, in per cent of the bands 0–6, 7–8 and 9–10. */
export interface Rating {
  readonly state: string;
  /** `2015-07` */
  readonly month: string;
  readonly bottom: number;
  readonly middle: number;
  readonly top: number;
}

export function overallRatings(stateResults: string): Rating[] {
  return csvRows(stateResults)
    .filter((row) => row['Measure ID'] === 'H_HSP_RATING')
    .map((row) => {
      const [month, year] = (row['Release Period'] ?? '').split('_');
      return {
        state: row.State ?? '',
        month: `${year}-${month}`,
        bottom: Number(row['Bottom-box Percentage']),
        middle: Number(row['Middle-box Percentage']),
        top: Number(row['Top-box Percentage']),
      };
    });
}

/** Scores that spread over each band, as many in it as it has per cent. */
export function scoresOf({ bottom, middle, top }: Rating): number[] {
  return [...spread(bottom, [0, 1, 2, 3, 4, 5, 6]), ...spread(middle, [7, 8]), ...spread(top, [9, 10])];
}

function spread(count: number, scores: readonly number[]): number[] {
  return Array.from({ length: count }, (_, index) => scores[index % scores.length]!);
}

/** A month of a trend. */
export interface NpsMonth {
  readonly period: string;
  readonly value: number;
  readonly responses: number;
}

/** The trend of states together: in each month their responses are pooled. */
export function npsTrend(ratings: readonly Rating[]): { months: NpsMonth[]; slope: number; slopeError: number } {
  const pooled = new Map<string, { difference: number; states: number }>();
  for (const { month, bottom, top } of ratings) {
    const { difference, states } = pooled.get(month) ?? { difference: 0, states: 0 };
    pooled.set(month, { difference: difference + top - bottom, states: states + 1 });
  }
  const points = [...pooled]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([period, { difference, states }]) => {
      const [year, month] = period.split('-').map(Number);
      return {
        period,
        x: (year ?? 0) * 12 + (month ?? 0),
        y: Fraction.of(difference, states),
        weight: states * RESPONSES,
      };
    });
  return {
    months: points.map(({ period, y, weight }) => ({ period, value: y.toNumber(), responses: weight })),
    ...leastSquares(points),
  };
}
