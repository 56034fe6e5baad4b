import { addMonths, type Period } from '#calendar';

/** What of a cadence's periods is counted. Days are day numbers. */
export interface CountedPeriods {
  readonly every: Period;
  /** First day of the first period. */
  readonly origin: number;
  /** Only periods that begin after this day; null: all. */
  readonly after: number | null;
  /** Only periods whose last day is on or before this one. */
  readonly asOf: number;
}

/**
 * `cadenceKept` (formulas.md): the share of the cadence's periods with at least one visit.
 *
 * Periods are those of the cadence in force on `D`, counted by calendar from its start (where it has none: from the day
 * it was set): period k = 0, 1, 2, … begins k intervals after that day (months first, clamped to the month's end, then
 * days) and ends on the day before period k + 1 begins. Only whole periods of the window count: they begin after
 * `D − m months` and their last day is `D` at the latest.
 *
 * @param visitDays days with a visit, in any order, repeated or not
 * @returns 0 to 1; null where no period has ended
 */
export function cadenceKept(
  { every, origin, after, asOf }: CountedPeriods,
  visitDays: Iterable<number>,
): number | null {
  const first = after === null ? 0 : periodsBegun(every, origin, after);
  const end = periodsBegun(every, origin, asOf + 1) - 1;
  if (end <= first) return null;
  const kept = new Set<number>();
  for (const day of visitDays) {
    const period = periodsBegun(every, origin, day) - 1;
    if (period >= first && period < end) kept.add(period);
  }
  return kept.size / (end - first);
}

/** Mean days of a month of the Gregorian calendar. */
const MONTH_DAYS = 146_097 / 4_800;

/** How many periods have begun on or before the day: about so many as mean ones would, then by calendar. */
function periodsBegun(every: Period, origin: number, day: number): number {
  if (day < origin) return 0;
  let begun = 1 + Math.floor((day - origin) / (every.months * MONTH_DAYS + every.days));
  while (begun > 1 && beginning(every, origin, begun - 1) > day) begun--;
  while (beginning(every, origin, begun) <= day) begun++;
  return begun;
}

function beginning({ months, days }: Period, origin: number, period: number): number {
  return addMonths(origin, period * months) + period * days;
}
