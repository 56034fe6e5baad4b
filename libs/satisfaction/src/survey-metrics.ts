import type { SurveyMetric } from './satisfaction.events.js';

/**
 * What a metric makes of scores (formulas.md, "Satisfaction"): the share of positive ones, in percent, less the share
 * of negative ones where it has any.
 */
export interface SurveyMetricDefinition {
  /** The scale: integers from `min` to `max`. */
  readonly min: number;
  readonly max: number;
  /** Scores from here on are positive. */
  readonly positiveFrom: number;
  /** Scores up to here are negative; null: none is. */
  readonly negativeUpTo: number | null;
  /** The value to be reached, in percent; null: none was set. */
  readonly target: number | null;
  /** An account with fewer responses has no value of its own. */
  readonly minimumResponses: number;
}

/** CSAT = % of 4–5 on 1–5, at least 90 wanted; NPS = % of 9–10 minus % of 0–6 on 0–10; CES = % of 5–7 on 1–7. */
export const SURVEY_METRICS: Readonly<Record<SurveyMetric, SurveyMetricDefinition>> = {
  csat: { min: 1, max: 5, positiveFrom: 4, negativeUpTo: null, target: 90, minimumResponses: 5 },
  nps: { min: 0, max: 10, positiveFrom: 9, negativeUpTo: 6, target: null, minimumResponses: 5 },
  ces: { min: 1, max: 7, positiveFrom: 5, negativeUpTo: null, target: null, minimumResponses: 5 },
};

export const METRIC_NAMES: readonly SurveyMetric[] = ['csat', 'nps', 'ces'];

/** Responses counted: all of them, the positive and the negative ones. */
export interface Tally {
  readonly responses: number;
  readonly positive: number;
  readonly negative: number;
}

export const NO_RESPONSES: Tally = { responses: 0, positive: 0, negative: 0 };

/** What one score counts. */
export function tallyOf(metric: SurveyMetric, score: number): Tally {
  const { positiveFrom, negativeUpTo } = SURVEY_METRICS[metric];
  return {
    responses: 1,
    positive: score >= positiveFrom ? 1 : 0,
    negative: negativeUpTo !== null && score <= negativeUpTo ? 1 : 0,
  };
}

export function addTallies(a: Tally, b: Tally): Tally {
  return {
    responses: a.responses + b.responses,
    positive: a.positive + b.positive,
    negative: a.negative + b.negative,
  };
}

/** What is left of responses when some of them are taken out. */
export function withoutTally(all: Tally, some: Tally): Tally {
  return {
    responses: all.responses - some.responses,
    positive: all.positive - some.positive,
    negative: all.negative - some.negative,
  };
}

/** The metric's value in percent: 0 to 100, NPS −100 to 100; null without responses. */
export function percentOf({ responses, positive, negative }: Tally): number | null {
  return responses === 0 ? null : (100 * (positive - negative)) / responses;
}

/** Whether the metric's target is reached, compared without rounding; null without responses or target. */
export function meetsTarget(metric: SurveyMetric, { responses, positive, negative }: Tally): boolean | null {
  const { target } = SURVEY_METRICS[metric];
  return responses === 0 || target === null ? null : 100 * (positive - negative) >= target * responses;
}
