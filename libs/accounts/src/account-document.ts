import { List } from 'immutable';
import type { Document, JsonValue } from '#event-sourcing';
import type { Seat } from './team-seats.js';
import { type Dated, knownBefore, newestValue, SINCE_EVER, type Timeline } from './timeline.js';

export type AccountStatus = 'active' | 'lost';

/** What of an account may have had other values at other dates. */
export type DatedField = 'name' | 'industry' | 'region' | 'externalIds' | 'tags' | 'groupId' | 'status';

/** The values of the fields that ever changed, by date. A field that is not in it has held its value since ever. */
export type AccountHistory = { readonly [Field in DatedField]?: readonly Dated<JsonValue>[] };

/** What lists and the directory need of an account, once all of its facts count. */
export type AccountColumns = {
  readonly accountId: string;
  readonly name: string;
  readonly industry: string | null;
  readonly region: string | null;
  readonly groupId: string | null;
  readonly owner: string | null;
  readonly status: AccountStatus;
  readonly history: AccountHistory | null;
  /** Day number of the earliest fact of the whole stream. */
  readonly firstFactDay: bigint;
};

/** What is only needed when one account is looked at, or changes. */
export type AccountDetails = {
  /** The name stands in for one that nobody told yet. */
  readonly provisional: boolean;
  readonly externalIds: Readonly<Record<string, string>> | null;
  readonly tags: readonly string[] | null;
  /** Everybody who ever was in the team. */
  readonly team: readonly Seat[];
};

export type Account = AccountColumns & AccountDetails;

/** A document of the collection `accounts`. */
export type AccountDocument = Document &
  AccountColumns & {
    /** Name, id and the ids in other systems, in lower case. */
    readonly search: string;
    /**
     * The {@link AccountDetails} as a text, which is parsed only where it is needed: with them as `json`, reading the 100,000
     * accounts of a ranking took twice as long. Null: there are none.
     */
    readonly details: string | null;
  };

const NO_DETAILS: AccountDetails = { provisional: false, externalIds: null, tags: null, team: [] };

export function accountOf({ search: _, details, ...columns }: AccountDocument): Account {
  const { accountId, name, industry, region, groupId, owner, status, history, firstFactDay } = columns;
  return {
    ...{ accountId, name, industry, region, groupId, owner, status, history, firstFactDay },
    ...(details === null ? NO_DETAILS : (JSON.parse(details) as AccountDetails)),
  };
}

export function documentOf({ provisional, externalIds, tags, team, ...columns }: Account): AccountDocument {
  const details: AccountDetails = { provisional, externalIds, tags, team };
  const none = !provisional && externalIds === null && tags === null && team.length === 0;
  return {
    ...columns,
    search: [columns.name, columns.accountId, ...Object.values(externalIds ?? {})].join('\n').toLowerCase(),
    details: none ? null : JSON.stringify(details),
  };
}

/** The account with the values that its {@link DatedField}s have by the facts dated before an instant. */
export function viewBefore<A extends Pick<AccountColumns, 'history'>>(account: A, instant: string): A {
  const { history } = account;
  if (history === null) return account;
  const past: Partial<Record<DatedField, JsonValue>> = {};
  for (const [field, facts] of Object.entries(history)) {
    past[field as DatedField] = knownBefore(List(facts), instant) ?? null;
  }
  return { ...account, ...past };
}

/** The timeline of a field; empty where nothing is known yet. */
export function timelineOf(account: Account, field: DatedField): Timeline<JsonValue> {
  const facts = account.history?.[field];
  if (facts !== undefined) return List(facts);
  const value = account[field];
  const unknown = field === 'name' ? account.provisional : value === null && field !== 'groupId';
  return unknown ? List() : List.of([SINCE_EVER, value]);
}

/** The account with another timeline of a field. */
export function withTimeline(account: Account, field: DatedField, timeline: Timeline<JsonValue>): Account {
  const changes = timeline.size > 1 || timeline.first()?.[0] !== SINCE_EVER;
  const { [field]: _, ...others } = account.history ?? {};
  const history = changes ? { ...others, [field]: timeline.toArray() } : others;
  return {
    ...account,
    [field]: newestValue(timeline) ?? null,
    history: Object.keys(history).length === 0 ? null : history,
  };
}
