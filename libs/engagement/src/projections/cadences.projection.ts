import type { ZonedCalendar } from '#calendar';
import { type DocumentProjection, documents, subjectIdOf } from '#event-sourcing';
import { CADENCE_SET, type CadenceSetData } from '../engagement.events.js';

/**
 * A row an account and day on which a cadence was set, with the one that holds at the day's end: the latest by date,
 * of the same instant the one recorded last. The newest row on or before a day is the cadence in force on it.
 */
export function cadencesProjection(calendar: ZonedCalendar): DocumentProjection {
  return documents({
    name: 'cadences',
    version: 1,
    collection: {
      fields: {
        accountId: 'text',
        day: 'integer',
        setAt: 'text',
        every: 'text',
        graceDays: 'integer',
        start: 'text',
      },
      key: ['accountId', 'day'],
    },
    events: [CADENCE_SET],
    keys: (event) => [[subjectIdOf(event), BigInt(calendar.dayOfText(event.metadata.occurredAt))]],
    fold: (row, event, [accountId, day]) => {
      const { occurredAt } = event.metadata;
      if (row !== undefined && String(row.setAt) > occurredAt) return row;
      const { every, graceDays, start } = event.data as CadenceSetData;
      return {
        accountId: accountId ?? null,
        day: day ?? null,
        setAt: occurredAt,
        every,
        graceDays: BigInt(graceDays),
        start: start ?? null,
      };
    },
  });
}
