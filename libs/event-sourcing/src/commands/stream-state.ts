import type { Decider } from '../decider.js';
import type { DomainEvent, RecordedEvent } from '../event.js';
import type { EventTypeRegistry } from '../event-types.js';
import { KeyedState, type ValueForm } from '../snapshots/keyed-state.js';
import { SegmentStack } from '../snapshots/segment-stack.js';

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
  /** The idempotency keys of its commands; they live as long as their events. */
  readonly keys: KeyedState<KeyedEvents>;
  /** What the keyed parts of `states` and `keys` have in pages. */
  readonly stack: SegmentStack;
  /** Revision at which the newest snapshot was taken; -1: none yet. */
  readonly snapshotRevision: number;
  /** Revision up to which `stack` holds what the keyed parts hold; -1: it holds nothing yet. */
  readonly stackedRevision: number;
  /** About how many bytes of memory it takes besides `stack`, its keys included. */
  readonly bytes: number;
}

const keyedEventsForm: ValueForm<KeyedEvents> = {
  write: ({ first, count }) => [first, count],
  read(json) {
    const [first, count] = json as [number, number];
    return { first, count };
  },
};

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
    keys: KeyedState.empty('keys', keyedEventsForm),
    stack: new SegmentStack(),
    snapshotRevision: -1,
    stackedRevision: -1,
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

/** The state after further events of its stream. */
export function foldRecorded(
  state: StreamState,
  events: readonly RecordedEvent[],
  deciders: readonly Decider[],
  registry: EventTypeRegistry,
): StreamState {
  const newest = events.at(-1);
  if (newest === undefined) return state;
  let { states, keys, bytes } = state;
  let commandBefore: string | undefined;
  for (const event of events) {
    states = evolveAll(deciders, states, registry.domainEvent(event));
    const before = keys;
    // What is no further event of the command before needs no look at all the keys of a long stream.
    if ((commandBefore ?? event.metadata.commandId) === event.metadata.commandId || startsKeyed(event)) {
      keys = withKey(keys, event);
    }
    commandBefore = event.metadata.commandId;
    bytes += eventBytes(JSON.stringify(event.data).length, keys !== before);
  }
  const { revision, position, metadata } = newest;
  return { ...state, revision, position, hash: metadata.hash, recordedAt: metadata.recordedAt, states, keys, bytes };
}

function startsKeyed({ metadata }: RecordedEvent): boolean {
  return metadata.requestHash !== undefined;
}

function withKey(keys: KeyedState<KeyedEvents>, event: RecordedEvent): KeyedState<KeyedEvents> {
  const { revision } = event;
  const { commandId } = event.metadata;
  if (startsKeyed(event)) return keys.set(commandId, { first: revision, count: 1 });
  const known = keys.get(commandId);
  if (known === undefined || known.first + known.count !== revision) return keys;
  return keys.set(commandId, { first: known.first, count: known.count + 1 });
}

/** What an event of so many characters of data adds to a state's bytes. */
export function eventBytes(characters: number, withKey: boolean): number {
  return BYTES_AN_EVENT + characters + (withKey ? BYTES_A_KEY : 0);
}
