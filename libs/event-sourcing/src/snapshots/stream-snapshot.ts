import { crc32 } from 'node:zlib';
import { emptyState, type StreamState } from '../commands/stream-state.js';
import type { Decider } from '../decider.js';
import type { JsonValue } from '../json.js';
import type { KeyedState } from './keyed-state.js';
import type { PageEntry } from './page.js';
import { Segment, type SegmentSize, segmentOf } from './segment.js';
import { SegmentStack } from './segment-stack.js';
import type { StoredSnapshot } from './snapshot-store.js';

/** Raised with every change of the form of heads, pages or of {@link StreamState}. */
const FORM = 2;
const CHECKSUM_DIGITS = 8;

type Part = <Value>(keyed: KeyedState<Value>) => KeyedState<Value>;

interface Head {
  readonly form: number;
  readonly stream: string;
  readonly revision: number;
  /** Digits: it may be above what a JSON number holds. */
  readonly position: string;
  readonly hash: string;
  readonly recordedAt: string;
  readonly deciders: readonly {
    readonly name: string;
    readonly version: number;
    readonly rest: JsonValue;
  }[];
  /** Of each segment. */
  readonly sizes: readonly SegmentSize[];
}

/** Whether all deciders of a stream say how their states go into a snapshot. */
export function canBeFrozen(deciders: readonly Decider[]): boolean {
  return deciders.every(({ snapshot }) => snapshot !== undefined);
}

/**
 * The same state with what its keyed parts have taken in since the last time moved into a segment of its stack.
 * @throws Error when two keyed parts have one name
 */
export function frozen(state: StreamState, deciders: readonly Decider[], segmentId: string): StreamState {
  const rests = restsOf(state, deciders);
  const entries: PageEntry[] = [];
  const names = new Set<string>();
  withParts(state, deciders, rests, (keyed) => {
    if (names.has(keyed.name)) throw new Error(`two keyed states are called "${keyed.name}"`);
    names.add(keyed.name);
    for (const entry of keyed.newEntries()) entries.push(entry);
    return keyed;
  });
  if (entries.length === 0) return onStack(state, deciders, rests, state.stack);
  entries.sort((a, b) => a.hash - b.hash);
  return onStack(state, deciders, rests, state.stack.with(segmentOf(segmentId, entries)));
}

/** What is to be stored of a state that has just been {@link frozen}, but for its segments, which may be merged meanwhile. */
export function snapshotHead(stream: string, state: StreamState, deciders: readonly Decider[]): Omit<Head, 'sizes'> {
  const { revision, position, hash, recordedAt } = state;
  const rests = restsOf(state, deciders);
  return {
    form: FORM,
    stream,
    revision,
    position: String(position),
    hash,
    recordedAt,
    deciders: deciders.map(({ name, version }, index) => ({ name, version, rest: rests[index] as JsonValue })),
  };
}

/** A head and the segments behind it, as a store takes them. */
export function storedSnapshot(head: Omit<Head, 'sizes'>, segments: readonly Segment[]): StoredSnapshot {
  const whole: Head = { ...head, sizes: segments.map(({ size }) => size) };
  const text = JSON.stringify(whole);
  return { head: `${checksum(text)}${text}`, segments: segments.map(({ source }) => source) };
}

/**
 * The state that a snapshot was made of; `undefined` for one that is damaged, of another stream, or of deciders in another
 * version. Whether the stream still has those events is for the caller to see: the hash says it.
 */
export function stateOfSnapshot(
  stream: string,
  stored: StoredSnapshot,
  deciders: readonly Decider[],
): StreamState | undefined {
  const text = stored.head.slice(CHECKSUM_DIGITS);
  if (stored.head.slice(0, CHECKSUM_DIGITS) !== checksum(text)) return undefined;
  const head = JSON.parse(text) as Head;
  if (head.form !== FORM || head.stream !== stream || !isOf(head, deciders)) return undefined;
  const { revision, hash, recordedAt } = head;
  const stack = new SegmentStack(
    stored.segments.map((segment, index) => new Segment(segment, head.sizes[index] as SegmentSize)),
  );
  const state = { ...emptyState(deciders), revision, position: BigInt(head.position), hash, recordedAt };
  const rests = head.deciders.map(({ rest }) => rest);
  return { ...onStack(state, deciders, rests, stack), snapshotRevision: revision };
}

function isOf(head: Head, deciders: readonly Decider[]): boolean {
  return (
    head.deciders.length === deciders.length &&
    deciders.every(({ name, version }, index) => {
      const written = head.deciders[index];
      return written?.name === name && written.version === version;
    })
  );
}

function onStack(
  state: StreamState,
  deciders: readonly Decider[],
  rests: readonly JsonValue[],
  stack: SegmentStack,
): StreamState {
  const { states, keys } = withParts(state, deciders, rests, (keyed) => keyed.from(stack));
  const bytes = emptyState(deciders).bytes + JSON.stringify(rests).length;
  return { ...state, states, keys, stack, stackedRevision: state.revision, bytes };
}

function withParts(
  { states, keys }: StreamState,
  deciders: readonly Decider[],
  rests: readonly JsonValue[],
  part: Part,
): Pick<StreamState, 'states' | 'keys'> {
  return {
    states: deciders.map(({ snapshot }, index) => snapshot?.read(rests[index] as JsonValue, states[index], part)),
    keys: part(keys),
  };
}

function restsOf({ states }: StreamState, deciders: readonly Decider[]): JsonValue[] {
  return deciders.map(({ snapshot, name }, index) => {
    if (snapshot === undefined) throw new Error(`the decider "${name}" does not say how its state is written`);
    return snapshot.write(states[index]);
  });
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(CHECKSUM_DIGITS, '0');
}
