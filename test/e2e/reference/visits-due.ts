import { csvRows } from './csv.js';

/** An inspection of a business, standing for a visit. */
export interface Inspection {
  readonly businessId: string;
  /** `2017-12-11` */
  readonly day: string;
}

export function inspectionsOf(csv: string): Inspection[] {
  return csvRows(csv).map(({ business_id = '', date = '' }) => ({
    businessId: business_id,
    day: `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`,
  }));
}

/** The last day up to `asOf` on which each business was inspected. */
export function lastDays(inspections: readonly Inspection[], asOf: string): Map<string, string> {
  const last = new Map<string, string>();
  for (const { businessId, day } of inspections) {
    if (day <= asOf && day > (last.get(businessId) ?? '')) last.set(businessId, day);
  }
  return last;
}

/** The same day so many calendar months later, or the month's last day where it has no such day. */
export function monthsLater(day: string, months: number): string {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  const lastOfMonth = new Date(Date.UTC(year, month - 1 + months + 1, 0));
  const clamped = Math.min(date, lastOfMonth.getUTCDate());
  return `${lastOfMonth.toISOString().slice(0, 8)}${String(clamped).padStart(2, '0')}`;
}

/** Whole days from one day to another. */
export function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 86_400_000;
}
