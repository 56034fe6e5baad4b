import {
  type CollectionDefinition,
  type DocumentProjection,
  documents,
  type ProjectedEvent,
  subjectIdOf,
} from '#event-sourcing';
import type { LedgerSettings } from '#platform';
import {
  type Account,
  type AccountDocument,
  accountOf,
  documentOf,
  timelineOf,
  withTimeline,
} from '../account-document.js';
import { isAccountStream } from '../account-stream.js';
import {
  ACCOUNT_GROUP_JOINED,
  ACCOUNT_GROUP_LEFT,
  ACCOUNT_LOST,
  ACCOUNT_PROFILE_CORRECTED,
  ACCOUNT_RECOVERED,
  ACCOUNT_REGISTERED,
  type AccountsEvent,
  accountsEvents,
  MEMBER_ASSIGNED,
  MEMBER_RELEASED,
} from '../accounts.events.js';
import { ownerOf, withSeatFact } from '../team-seats.js';
import { SINCE_EVER, withFact } from '../timeline.js';

export const ACCOUNTS: CollectionDefinition = {
  name: 'accounts_v1',
  fields: {
    accountId: 'text',
    name: 'text',
    industry: 'text',
    region: 'text',
    groupId: 'text',
    owner: 'text',
    status: 'text',
    history: 'json',
    search: 'text',
    details: 'text',
    firstFactDay: 'integer',
  },
  key: ['accountId'],
  indexes: [['name'], ['region', 'name'], ['owner', 'name']],
};

/**
 * One document an account. It looks at every event of the stream for the account's earliest fact, but most change nothing
 * in it: what every event changes is in `account-activity`.
 */
export function accountsProjection({ calendar }: LedgerSettings, eventTypes: readonly string[]): DocumentProjection {
  const own: ReadonlySet<string> = new Set(accountsEvents.types);
  return documents({
    name: 'accounts',
    version: 1,
    collection: ACCOUNTS,
    events: eventTypes,
    keys: (event) => (isAccountStream(event) ? [[subjectIdOf(event)]] : []),
    fold(document, event) {
      const before = document as AccountDocument | undefined;
      const day = BigInt(calendar.dayOfText(event.metadata.occurredAt));
      const firstFactDay = before === undefined || day < before.firstFactDay ? day : before.firstFactDay;
      if (before === undefined || own.has(event.type)) {
        const account = before === undefined ? unnamed(subjectIdOf(event), day) : accountOf(before);
        return documentOf({ ...withEvent(account, event), firstFactDay });
      }
      return firstFactDay === before.firstFactDay ? before : { ...before, firstFactDay };
    },
  });
}

/** An account before its first event. */
function unnamed(accountId: string, firstFactDay: bigint): Account {
  return {
    accountId,
    name: accountId,
    provisional: true,
    industry: null,
    region: null,
    groupId: null,
    owner: null,
    status: 'active',
    externalIds: null,
    tags: null,
    team: [],
    history: null,
    firstFactDay,
  };
}

function withEvent(account: Account, event: ProjectedEvent): Account {
  const at = event.metadata.occurredAt;
  const fact = { type: event.type, data: event.data, occurredAt: at } as AccountsEvent;
  switch (fact.type) {
    case ACCOUNT_REGISTERED: {
      const { name, provisional, industry, region, groupId, externalIds, tags } = fact.data;
      return {
        ...account,
        name,
        provisional,
        industry: industry ?? null,
        region: region ?? null,
        groupId: groupId ?? null,
        externalIds: externalIds ?? null,
        tags: tags ?? null,
      };
    }
    case ACCOUNT_PROFILE_CORRECTED: {
      const { field, to } = fact.data;
      const timeline = timelineOf(account, field);
      if (field === 'groupId') return withTimeline(account, field, timeline.set(0, [SINCE_EVER, to]));
      const corrected = withTimeline(account, field, withFact(timeline, at, to));
      return field === 'name' ? { ...corrected, provisional: false } : corrected;
    }
    case ACCOUNT_GROUP_JOINED:
      return withTimeline(account, 'groupId', withFact(timelineOf(account, 'groupId'), at, fact.data.groupId));
    case ACCOUNT_GROUP_LEFT:
      return withTimeline(account, 'groupId', withFact(timelineOf(account, 'groupId'), at, null));
    case ACCOUNT_LOST:
      return withTimeline(account, 'status', withFact(timelineOf(account, 'status'), at, 'lost'));
    case ACCOUNT_RECOVERED:
      return withTimeline(account, 'status', withFact(timelineOf(account, 'status'), at, 'active'));
    case MEMBER_ASSIGNED:
    case MEMBER_RELEASED: {
      const { member, role } = fact.data;
      const team = withSeatFact(account.team, member, role, [at, fact.type === MEMBER_ASSIGNED]);
      return { ...account, team, owner: ownerOf(team) };
    }
    default:
      return account;
  }
}
