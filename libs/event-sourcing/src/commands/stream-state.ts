import type { Decider } from '../decider.js';
import type { DomainEvent, RecordedEvent } from '../event.js';
import type { EventTypeRegistry } from '../event-types.js';

/** Where the events of a command that came with an idempotency key stand in its stream. */
export interface KeyedEvents {
  readonly first: number;
  readonly count: number;
}

/** What all capabilities know of one stream at one revision. A value: it is replaced, never changed. */
export interface StreamState {
  /** Of the newest event; -1 for a stream without events. */
  readonly revision: number;
  /** Of the newest event; 0 for a stream without events. */
  readonly position: bigint;
  /** Hash of the newest event, empty for a stream without events. */
  readonly hash: string;
  /** `recordedAt` of the newest event. */
  readonly recordedAt: string;
  /** One state a decider, in the order of the deciders. */
  readonly states: readonly unknown[];
  /** About how many bytes of memory it takes, its keys included. */
  readonly bytes: number;
}

const BYTES_A_STREAM = 600;
const BYTES_AN_EVENT = 64;
const BYTES_A_KEY = 120;

export function emptyState(deciders: readonly Decider[]): StreamState {
  return {
    revision: -1,
    position: 0n,
    hash: '',
    recordedAt: '',
    states: deciders.map((decider) => decider.initial()),
    bytes: BYTES_A_STREAM,
  };
}

/** The deciders' states after an event. */
export function evolveAll(
  deciders: readonly Decider[],
  states: readonly unknown[],
  event: DomainEvent<string, object>,
): unknown[] {
  const next = new Array<unknown>(deciders.length);
  for (let index = 0; index < deciders.length; index++) {
    next[index] = deciders[index]!.evolve(states[index], event);
  }
  return next;
}

/**
 * The state after further events of its stream.
 * @param keys receives the idempotency keys found in them
 */
export function foldRecorded(
  state: StreamState,
  events: readonly RecordedEvent[],
  deciders: readonly Decider[],
  registry: EventTypeRegistry,
  keys: Map<string, KeyedEvents>,
): StreamState {
  const newest = events.at(-1);
  if (newest === undefined) return state;
  let { states, bytes } = state;
  for (const event of events) {
    states = evolveAll(deciders, states, registry.domainEvent(event));
    bytes += BYTES_AN_EVENT + JSON.stringify(event.data).length + addKey(keys, event);
  }
  const { revision, position, metadata } = newest;
  return { revision, position, hash: metadata.hash, recordedAt: metadata.recordedAt, states, bytes };
}

function addKey(keys: Map<string, KeyedEvents>, { metadata, revision }: RecordedEvent): number {
  if (metadata.requestHash !== undefined) {
    keys.set(metadata.commandId, { first: revision, count: 1 });
    return BYTES_A_KEY;
  }
  const known = keys.get(metadata.commandId);
  if (known !== undefined && known.first + known.count === revision) {
    keys.set(metadata.commandId, { first: known.first, count: known.count + 1 });
  }
  return 0;
}

/** What an event of so many characters of data adds to a state's bytes. */
export function eventBytes(characters: number, withKey: boolean): number {
  return BYTES_AN_EVENT + characters + (withKey ? BYTES_A_KEY : 0);
}
