import { addPeriod, type Period } from '#calendar';

/** How often an account is to be visited. Days are day numbers. */
export interface Cadence {
  readonly every: Period;
  readonly graceDays: number;
  /** Where an account without a visit is counted from; null: it is not counted. */
  readonly start: number | null;
}

/** When the next visit is due, as seen on a day. Days are day numbers. */
export interface VisitDue {
  readonly dueOn: number;
  /** The first day on which it is overdue: the one after the due day and the grace days. */
  readonly overdueOn: number;
  readonly overdue: boolean;
  /** Days since the last one on which it was not overdue; 0 when it is not. On `overdueOn` it is 1. */
  readonly daysOverdue: number;
}

/**
 * When the next visit is due (formulas.md, "Cadence and service"): the day of the last visit, or the cadence's start
 * where there was none, and one interval on, months by calendar and clamped to the month's end. Overdue when `asOf`
 * is after the due day and the grace days.
 *
 * @param lastVisit day of the last visit on or before `asOf`; null: none
 * @returns null where there was neither a visit nor a start
 */
export function visitDue(cadence: Cadence, lastVisit: number | null, asOf: number): VisitDue | null {
  const from = lastVisit ?? cadence.start;
  if (from === null) return null;
  const dueOn = addPeriod(from, cadence.every);
  const lastGraceDay = dueOn + cadence.graceDays;
  return {
    dueOn,
    overdueOn: lastGraceDay + 1,
    overdue: asOf > lastGraceDay,
    daysOverdue: Math.max(0, asOf - lastGraceDay),
  };
}
