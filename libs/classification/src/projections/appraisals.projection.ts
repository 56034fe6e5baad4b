import type { ZonedCalendar } from '#calendar';
import { type DocumentProjection, documents, subjectIdOf } from '#event-sourcing';
import { ACCOUNT_APPRAISED, type AccountAppraisedData } from '../classification.events.js';

/** Every appraisal as it was recorded, for the list of an account. */
export const appraisalsProjection = documents({
  name: 'appraisals',
  version: 1,
  collection: {
    fields: {
      accountId: 'text',
      revision: 'integer',
      criterion: 'text',
      points: 'number',
      evidence: 'text',
      at: 'text',
      recordedAt: 'text',
      actor: 'text',
    },
    key: ['accountId', 'revision'],
    indexes: [['accountId', 'at', 'revision']],
  },
  events: [ACCOUNT_APPRAISED],
  keys: (event) => [[subjectIdOf(event), BigInt(event.revision)]],
  fold: (_, event) => {
    const { criterion, points, evidence } = event.data as unknown as AccountAppraisedData;
    return {
      accountId: subjectIdOf(event),
      revision: BigInt(event.revision),
      criterion,
      points,
      evidence: evidence ?? null,
      at: event.metadata.occurredAt,
      recordedAt: event.metadata.recordedAt,
      actor: event.metadata.actor,
    };
  },
});

/**
 * A row an account, criterion and day on which it was appraised, with the points that hold at the day's end: those of the
 * latest instant, of the same instant those recorded last. The newest row on or before a day is the appraisal as of it.
 */
export function appraisalDaysProjection(calendar: ZonedCalendar): DocumentProjection {
  return documents({
    name: 'appraisal-days',
    version: 1,
    collection: {
      fields: { accountId: 'text', criterion: 'text', day: 'integer', points: 'number', at: 'text' },
      key: ['accountId', 'criterion', 'day'],
    },
    events: [ACCOUNT_APPRAISED],
    keys: (event) => {
      const { criterion } = event.data as unknown as AccountAppraisedData;
      return [[subjectIdOf(event), criterion, BigInt(calendar.dayOfText(event.metadata.occurredAt))]];
    },
    fold: (row, event, [, , day]) => {
      const { occurredAt } = event.metadata;
      if (row !== undefined && String(row.at) > occurredAt) return row;
      const { criterion, points } = event.data as unknown as AccountAppraisedData;
      return { accountId: subjectIdOf(event), criterion, day: day ?? null, points, at: occurredAt };
    },
  });
}
