import type { ZonedCalendar } from '#calendar';
import { type DocumentProjection, documents, subjectIdOf } from '#event-sourcing';
import { VISIT_LOGGED } from '../engagement.events.js';

/**
 * A row an account and day with visits, with the instant of the day's last one: the newest row on or before a day tells
 * the last visit as of that day.
 */
export function visitDaysProjection(calendar: ZonedCalendar): DocumentProjection {
  return documents({
    name: 'visit-days',
    version: 1,
    collection: {
      fields: { accountId: 'text', day: 'integer', lastVisitAt: 'text' },
      key: ['accountId', 'day'],
    },
    events: [VISIT_LOGGED],
    keys: (event) => [[subjectIdOf(event), BigInt(calendar.dayOfText(event.metadata.occurredAt))]],
    fold: (row, event, [accountId, day]) => {
      const { occurredAt } = event.metadata;
      if (row !== undefined && String(row.lastVisitAt) >= occurredAt) return row;
      return { accountId: accountId ?? null, day: day ?? null, lastVisitAt: occurredAt };
    },
  });
}
