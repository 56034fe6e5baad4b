import { List, Map as PersistentMap } from 'immutable';
import {
  type Command,
  type CommandContext,
  canonicalText,
  contentHash,
  type Decision,
  type DomainEvent,
  type JsonValue,
  type Rejection,
  reject,
} from '#event-sourcing';
import {
  ACCOUNT_GROUP_JOINED,
  ACCOUNT_GROUP_LEFT,
  ACCOUNT_PROFILE_CORRECTED,
  ACCOUNT_REGISTERED,
  type AccountGroupJoinedData,
  type AccountProfileCorrectedData,
  type AccountRegisteredData,
  type AccountsEvent,
  MEMBER_ASSIGNED,
  type ProfileField,
} from './accounts.events.js';
import { firstValue, knownAt, newestValue, SINCE_EVER, type Timeline, valueAt, withFact } from './timeline.js';

/** What a client may state of an account; null and empty collections say the same as leaving a member out. */
export interface StatedProfile {
  readonly name?: string | null;
  readonly industry?: string | null;
  readonly region?: string | null;
  readonly externalIds?: Readonly<Record<string, string>> | null;
  readonly tags?: readonly string[] | null;
  readonly groupId?: string | null;
}

export type RegisterAccountCommand = Command<
  'register-account',
  StatedProfile & { readonly accountId: string; readonly name: string; readonly at: string }
>;

/** Registers an account that is not there yet, under its id where no name is known; names one that has none. */
export type EnsureAccountCommand = Command<
  'ensure-account',
  Omit<StatedProfile, 'externalIds' | 'tags'> & { readonly accountId: string; readonly at: string }
>;

/** Registers an account that is not there yet; fills in what is not known of one that is. */
export type CompleteAccountCommand = Command<
  'complete-account',
  Omit<StatedProfile, 'externalIds' | 'tags'> & {
    readonly accountId: string;
    readonly name: string;
    readonly at: string;
  }
>;

/** Null and empty collections clear a field; a member left out leaves it as it is. */
export type CorrectAccountCommand = Command<
  'correct-account',
  StatedProfile & { readonly accountId: string; readonly reason: string; readonly at: string }
>;

export interface ProfileState {
  /** Hash of what the registration stated; null for an account that is not registered. */
  readonly registration: string | null;
  /** The name until something names the account. */
  readonly provisionalName: string | null;
  /** Empty where nothing is known. */
  readonly fields: PersistentMap<ProfileField, Timeline<JsonValue>>;
  readonly group: Timeline<string | null>;
}

const PROFILE_FIELDS: readonly ProfileField[] = ['name', 'industry', 'region', 'externalIds', 'tags'];
const REGISTERED_LATE = 'Registered after its first facts.';
const NAMED_LATE = 'Named after its first facts.';
const COMPLETED = 'Not known before.';

export const unregistered: ProfileState = {
  registration: null,
  provisionalName: null,
  fields: PersistentMap(),
  group: List(),
};

export function evolveProfile(state: ProfileState, event: DomainEvent<string, object>): ProfileState {
  switch (event.type) {
    case ACCOUNT_REGISTERED:
      return registered(event.data as AccountRegisteredData);
    case ACCOUNT_PROFILE_CORRECTED: {
      const { field, to } = event.data as AccountProfileCorrectedData;
      if (field === 'groupId') return { ...state, group: state.group.set(0, [SINCE_EVER, to as string | null]) };
      const fields = state.fields.set(field, withFact(timelineOf(state, field), event.occurredAt, to));
      return { ...state, fields, provisionalName: field === 'name' ? null : state.provisionalName };
    }
    case ACCOUNT_GROUP_JOINED: {
      const { groupId } = event.data as AccountGroupJoinedData;
      return { ...state, group: withFact(state.group, event.occurredAt, groupId) };
    }
    case ACCOUNT_GROUP_LEFT:
      return { ...state, group: withFact(state.group, event.occurredAt, null) };
    default:
      return state;
  }
}

function registered(data: AccountRegisteredData): ProfileState {
  const stated = normalized(data);
  const known = PROFILE_FIELDS.filter((field) => !(field === 'name' && data.provisional));
  return {
    registration: contentHash({ ...stated }),
    provisionalName: data.provisional ? data.name : null,
    fields: PersistentMap(
      known.flatMap((field): [ProfileField, Timeline<JsonValue>][] => {
        const value = stated[field];
        return value === undefined ? [] : [[field, List.of([SINCE_EVER, value])]];
      }),
    ),
    group: List.of([SINCE_EVER, stated.groupId ?? null]),
  };
}

/**
 * @param inTeam whether the actor's member is in the account's team; true for an actor without one
 */
export function decideRegistration(
  { data }: RegisterAccountCommand,
  state: ProfileState,
  context: CommandContext,
  inTeam: boolean,
): Decision {
  const stated = normalized(data);
  if (state.registration === null) return registration(data.accountId, stated, data.at, context);
  if (!inTeam) return idExists(data.accountId);
  if (state.provisionalName !== null) return completion(stated, state, data.at, REGISTERED_LATE);
  return contentHash({ ...stated }) === state.registration || isSoNow(stated, state) ? [] : idExists(data.accountId);
}

/** @param inTeam as for {@link decideRegistration} */
export function decideEnsuring(
  { data }: EnsureAccountCommand,
  state: ProfileState,
  context: CommandContext,
  inTeam: boolean,
): Decision {
  const stated = normalized(data);
  if (state.registration === null) return registration(data.accountId, stated, data.at, context);
  const names = state.provisionalName !== null && stated.name !== undefined && inTeam;
  return names ? completion(stated, state, data.at, NAMED_LATE) : [];
}

/** @param inTeam as for {@link decideRegistration} */
export function decideCompletion(
  { data }: CompleteAccountCommand,
  state: ProfileState,
  context: CommandContext,
  inTeam: boolean,
): Decision {
  const stated = normalized(data);
  if (state.registration === null) return registration(data.accountId, stated, data.at, context);
  if (!inTeam || contradicts(stated, state)) return idExists(data.accountId);
  return completion(stated, state, data.at, state.provisionalName === null ? COMPLETED : REGISTERED_LATE);
}

/** Whether something else is known of a field than what is stated. */
function contradicts(stated: NormalizedProfile, state: ProfileState): boolean {
  const fields = PROFILE_FIELDS.some((field) => {
    const known = newestValue(timelineOf(state, field)) ?? null;
    const value = stated[field];
    return value !== undefined && known !== null && canonicalText(value) !== canonicalText(known);
  });
  const group = newestValue(state.group) ?? null;
  return fields || (stated.groupId !== undefined && group !== null && stated.groupId !== group);
}

/** An id that another registration has taken. */
export function idExists(accountId: string): Rejection {
  return reject('conflict', 'id-exists', `There is an account ${accountId} with other content already.`);
}

export function decideCorrection({ data }: CorrectAccountCommand, state: ProfileState): Decision {
  if (data.name === null) return reject('rule', 'name-required', 'The name of an account cannot be taken away.');
  const stated = normalized(data);
  const corrections = PROFILE_FIELDS.flatMap((field) =>
    data[field] === undefined ? [] : correction(field, stated[field] ?? null, state, data.at, data.reason),
  );
  return [...corrections, ...(data.groupId === undefined ? [] : groupChange(data, state))];
}

function groupChange({ groupId, at, reason }: CorrectAccountCommand['data'], state: ProfileState): AccountsEvent[] {
  const from = valueAt(state.group, at) ?? null;
  const to = groupId ?? null;
  if (from === to) return [];
  const events: AccountsEvent[] = [];
  if (from !== null) events.push({ type: ACCOUNT_GROUP_LEFT, data: { groupId: from, reason }, occurredAt: at });
  if (to !== null) events.push({ type: ACCOUNT_GROUP_JOINED, data: { groupId: to, reason }, occurredAt: at });
  return events;
}

type NormalizedProfile = { readonly [Field in keyof StatedProfile]: NonNullable<StatedProfile[Field]> };

/** One form for what says the same: nothing empty, tags sorted. */
function normalized({ name, industry, region, externalIds, tags, groupId }: StatedProfile): NormalizedProfile {
  return {
    ...(name === undefined || name === null ? {} : { name }),
    ...(industry === undefined || industry === null ? {} : { industry }),
    ...(region === undefined || region === null ? {} : { region }),
    ...(externalIds && Object.keys(externalIds).length > 0 ? { externalIds } : {}),
    ...(tags && tags.length > 0 ? { tags: [...new Set(tags)].sort() } : {}),
    ...(groupId === undefined || groupId === null ? {} : { groupId }),
  };
}

function registration(accountId: string, stated: NormalizedProfile, at: string, { member }: CommandContext): Decision {
  const data: AccountRegisteredData = {
    ...stated,
    accountId,
    name: stated.name ?? accountId,
    provisional: stated.name === undefined,
  };
  const events: AccountsEvent[] = [{ type: ACCOUNT_REGISTERED, data, occurredAt: at }];
  if (member !== undefined) {
    // A key that is limited to a member's accounts must see the one it registers.
    events.push({ type: MEMBER_ASSIGNED, data: { member, role: 'sales' }, occurredAt: at });
  }
  return events;
}

/** What turns a provisional account into one that is registered as stated; what is not stated stays. */
function completion(stated: NormalizedProfile, state: ProfileState, at: string, reason: string): AccountsEvent[] {
  const corrections = PROFILE_FIELDS.flatMap((field) => {
    const value = stated[field];
    return value === undefined ? [] : correction(field, value, state, at, reason);
  });
  const from = firstValue(state.group) ?? null;
  if (stated.groupId === undefined || stated.groupId === from) return corrections;
  const group: AccountsEvent = {
    type: ACCOUNT_PROFILE_CORRECTED,
    data: { field: 'groupId', from, to: stated.groupId, reason },
    occurredAt: at,
  };
  return [...corrections, group];
}

function correction(
  field: ProfileField,
  to: JsonValue,
  state: ProfileState,
  at: string,
  reason: string,
): AccountsEvent[] {
  const naming = field === 'name' && state.provisionalName !== null;
  const from = naming ? state.provisionalName : (knownAt(timelineOf(state, field), at) ?? null);
  if (!naming && canonicalText(from) === canonicalText(to)) return [];
  return [{ type: ACCOUNT_PROFILE_CORRECTED, data: { field, from, to, reason }, occurredAt: at }];
}

/**
 * Whether all that is stated holds now: an account that was registered in two steps has no one event that stated it.
 */
function isSoNow(stated: NormalizedProfile, state: ProfileState): boolean {
  const fields = PROFILE_FIELDS.every((field) => {
    const value = stated[field];
    return value === undefined || canonicalText(value) === canonicalText(newestValue(timelineOf(state, field)) ?? null);
  });
  return fields && (stated.groupId === undefined || stated.groupId === newestValue(state.group));
}

function timelineOf(state: ProfileState, field: ProfileField): Timeline<JsonValue> {
  return state.fields.get(field) ?? List();
}
