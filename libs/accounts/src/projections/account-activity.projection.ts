import { type CollectionDefinition, type DocumentProjection, documents, subjectIdOf } from '#event-sourcing';
import type { LedgerSettings } from '#platform';
import { isAccountStream } from '../account-stream.js';

export const ACCOUNT_ACTIVITY: CollectionDefinition = {
  name: 'account_activity_v2',
  fields: {
    accountId: 'text',
    revision: 'integer',
    position: 'integer',
    lastFactAt: 'text',
    lastFactDay: 'integer',
  },
  key: ['accountId'],
  indexes: [['position']],
};

/**
 * What every event of an account changes, in a row of its own, for a narrow one is quickly written. By the position of
 * its newest event, who keeps something of all accounts in memory finds those that have changed.
 */
export function accountActivityProjection(
  { calendar }: LedgerSettings,
  eventTypes: readonly string[],
): DocumentProjection {
  return documents({
    name: 'account-activity',
    version: 2,
    collection: ACCOUNT_ACTIVITY,
    events: eventTypes,
    // A portrait shows its revision beside what is in the others, and takes it back as If-Match.
    writtenLast: true,
    keys: (event) => (isAccountStream(event) ? [[subjectIdOf(event)]] : []),
    fold(document, event) {
      const { revision, position, metadata } = event;
      const lastFactAt = document?.lastFactAt;
      const at = metadata.occurredAt;
      if (document !== undefined && typeof lastFactAt === 'string' && lastFactAt >= at) {
        return { ...document, revision: BigInt(revision), position };
      }
      return {
        accountId: subjectIdOf(event),
        revision: BigInt(revision),
        position,
        lastFactAt: at,
        lastFactDay: BigInt(calendar.dayOfText(at)),
      };
    },
  });
}
