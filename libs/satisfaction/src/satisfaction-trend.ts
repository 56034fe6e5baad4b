import { formatMonth } from '#calendar';
import type { SurveyMetric } from './satisfaction.events.js';
import { addTallies, meetsTarget, NO_RESPONSES, percentOf, SURVEY_METRICS, type Tally } from './survey-metrics.js';
import { weightedSlope } from './weighted-line.js';

/** So many calendar months are pooled into a moving value. */
export const MOVING_MONTHS = 3;

/** A month with responses; values in percent. */
export interface TrendMonth {
  /** `YYYY-MM` */
  readonly period: string;
  readonly value: number;
  readonly responses: number;
  /** The value of all responses of the three calendar months that end with this one. */
  readonly moving: number;
  /** null: the metric has none. */
  readonly target: number | null;
  readonly met: boolean | null;
}

export interface SatisfactionTrend {
  /** Months with responses, the earliest first. */
  readonly items: readonly TrendMonth[];
  /** Percentage points a calendar month; null under three months. */
  readonly slope: number | null;
  readonly slopeError: number | null;
}

/** A span of calendar months, both included; null: without end. */
export interface MonthSpan {
  readonly since: number | null;
  readonly until: number | null;
}

/**
 * How a metric went, month by month (formulas.md, "Satisfaction"). `moving` pools responses, it is no mean of means; the
 * slope is that of the weighted least-squares line through the months' values, a month's weight being its number of
 * responses (see {@link weightedSlope}).
 *
 * @param months responses by month number; those of the two months before `since` count into `moving` only
 */
export function satisfactionTrend(
  metric: SurveyMetric,
  months: ReadonlyMap<number, Tally>,
  { since, until }: MonthSpan,
): SatisfactionTrend {
  const listed = [...months]
    .filter(
      ([month, { responses }]) =>
        responses > 0 && (since === null || month >= since) && (until === null || month <= until),
    )
    .sort(([a], [b]) => a - b);
  const line = weightedSlope(
    listed.map(([month, tally]) => ({ x: month, y: percentOf(tally) ?? 0, weight: tally.responses })),
  );
  return {
    items: listed.map(([month, tally]) => ({
      period: formatMonth(month),
      value: percentOf(tally) ?? 0,
      responses: tally.responses,
      moving: percentOf(pooled(months, month)) ?? 0,
      target: SURVEY_METRICS[metric].target,
      met: meetsTarget(metric, tally),
    })),
    slope: line?.slope ?? null,
    slopeError: line?.slopeError ?? null,
  };
}

function pooled(months: ReadonlyMap<number, Tally>, last: number): Tally {
  let pool = NO_RESPONSES;
  for (let month = last - MOVING_MONTHS + 1; month <= last; month++) {
    pool = addTallies(pool, months.get(month) ?? NO_RESPONSES);
  }
  return pool;
}
