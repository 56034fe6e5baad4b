import { addMonths } from './civil-date.js';

const PERIOD = /^P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?$/;

/** A calendar period: months first, then days. */
export interface Period {
  readonly months: number;
  readonly days: number;
}

/** The period of an ISO 8601 text of years, months, weeks and days (`P1M`, `P2W`); `undefined` for another text or an empty period. */
export function parsePeriod(text: string): Period | undefined {
  const match = PERIOD.exec(text);
  if (match === null) return undefined;
  const [years, months, weeks, days] = [match[1], match[2], match[3], match[4]].map((part) => Number(part ?? 0));
  const period = { months: (years ?? 0) * 12 + (months ?? 0), days: (weeks ?? 0) * 7 + (days ?? 0) };
  return period.months === 0 && period.days === 0 ? undefined : period;
}

/** The day a period later: months by calendar, clamped to the month's end, then days. */
export function addPeriod(day: number, period: Period): number {
  return addMonths(day, period.months) + period.days;
}
