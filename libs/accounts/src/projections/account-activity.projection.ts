import { type CollectionDefinition, type DocumentProjection, documents, subjectIdOf } from '#event-sourcing';
import type { LedgerSettings } from '#platform';
import { isAccountStream } from '../account-stream.js';

export const ACCOUNT_ACTIVITY: CollectionDefinition = {
  name: 'account_activity_v1',
  fields: { accountId: 'text', revision: 'integer', lastFactAt: 'text', lastFactDay: 'integer' },
  key: ['accountId'],
};

/** What every event of an account changes, in a row of its own, for a narrow one is quickly written. */
export function accountActivityProjection(
  { calendar }: LedgerSettings,
  eventTypes: readonly string[],
): DocumentProjection {
  return documents({
    name: 'account-activity',
    version: 1,
    collection: ACCOUNT_ACTIVITY,
    events: eventTypes,
    keys: (event) => (isAccountStream(event) ? [[subjectIdOf(event)]] : []),
    fold(document, event) {
      const { revision, metadata } = event;
      const lastFactAt = document?.lastFactAt;
      const at = metadata.occurredAt;
      if (document !== undefined && typeof lastFactAt === 'string' && lastFactAt >= at) {
        return { ...document, revision: BigInt(revision) };
      }
      return {
        accountId: subjectIdOf(event),
        revision: BigInt(revision),
        lastFactAt: at,
        lastFactDay: BigInt(calendar.dayOfText(at)),
      };
    },
  });
}
