import { formatDate } from '#calendar';
import type { VisitStanding } from './visit-calendar.js';

/** When the next visit of an account is due; dates are `YYYY-MM-DD`. */
export interface DueDates {
  /** Instant. */
  readonly lastVisitAt: string | null;
  readonly dueOn: string | null;
  /** The first day on which it is overdue. */
  readonly overdueOn: string | null;
  readonly overdue: boolean;
  /** Days since the last one on which it was not overdue; 0 when it is not. */
  readonly daysOverdue: number;
}

/** The cadence in force on a day. */
export interface CadenceAnswer {
  readonly every: string;
  readonly graceDays: number;
  readonly start: string | null;
  /** The date on which it was set. */
  readonly setOn: string;
}

export function dueDates({ lastVisitAt, due }: VisitStanding): DueDates {
  return {
    lastVisitAt,
    dueOn: due === null ? null : formatDate(due.dueOn),
    overdueOn: due === null ? null : formatDate(due.overdueOn),
    overdue: due?.overdue ?? false,
    daysOverdue: due?.daysOverdue ?? 0,
  };
}

export function cadenceAnswer({ cadence }: VisitStanding): CadenceAnswer | null {
  if (cadence === null) return null;
  const { everyText, graceDays, start, setOn } = cadence;
  return { every: everyText, graceDays, start: start === null ? null : formatDate(start), setOn: formatDate(setOn) };
}
