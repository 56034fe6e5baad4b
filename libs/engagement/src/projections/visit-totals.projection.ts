import type { ZonedCalendar } from '#calendar';
import { type RunningTotalsProjection, runningTotals, subjectIdOf } from '#event-sourcing';
import { VISIT_LOGGED } from '../engagement.events.js';

/** How many visits an account had up to each day. */
export function visitTotalsProjection(calendar: ZonedCalendar): RunningTotalsProjection {
  return runningTotals({
    name: 'visit-totals',
    version: 1,
    events: [VISIT_LOGGED],
    subject: 'accountId',
    totals: ['visits'],
    subjectOf: subjectIdOf,
    postings: (event) => [{ day: calendar.dayOfText(event.metadata.occurredAt), amounts: { visits: 1n } }],
  });
}
