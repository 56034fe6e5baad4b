import type { AppendPatience } from '../commands/settled-append.js';
import type { StreamState } from '../commands/stream-state.js';
import type { Decider } from '../decider.js';
import type { CommandObserver } from '../observers.js';
import type { Segment } from './segment.js';
import { SnapshotLost, type SnapshotSegment, type SnapshotStore } from './snapshot-store.js';
import { canBeFrozen, frozen, snapshotHead, stateOfSnapshot, storedSnapshot } from './stream-snapshot.js';

/** Snapshots of long streams, so that a command on one that is not in the memory need not fold it from its start. */
export interface SnapshotOptions {
  readonly store: SnapshotStore;
  /** After so many events since the last one a stream gets a snapshot; shorter ones have none. Default 250. */
  readonly every?: number;
}

/** Who keeps the states in the memory. */
interface StateCache {
  /** The state takes more or less memory than when it was kept. */
  weighAgain(stream: string): void;
  /** What stands in the store of the state is lost. */
  forget(stream: string): void;
}

interface Surroundings {
  newId(): string;
  readonly patience: Pick<AppendPatience, 'sleep' | 'elapsed'>;
  readonly observe?: Pick<CommandObserver, 'snapshotFailed'>;
}

const DEFAULT_EVERY = 250;
/** Between two snapshots so many times as long as the first one took, but no more than that: commands come first. */
const REST_FACTOR = 9;
const LONGEST_REST = 1_000;
/** So many pages are merged before others get their turn. */
const PAGES_A_TURN = 8;

/** Loads snapshots, and writes them beside the commands: one at a time; those that come meanwhile wait for their stream's next command. */
export class StreamSnapshots {
  readonly every: number;
  readonly #options: SnapshotOptions;
  readonly #surroundings: Surroundings;
  #writing: { readonly stream: string; readonly done: Promise<void> } | undefined;
  #restUntil = Number.NEGATIVE_INFINITY;

  constructor(
    options: SnapshotOptions,
    surroundings: Surroundings,
    private readonly states: StateCache,
  ) {
    this.every = options.every ?? DEFAULT_EVERY;
    this.#options = options;
    this.#surroundings = surroundings;
  }

  /** The state of a stream's snapshot, where there is one that can be used. Never fails. */
  async load(stream: string, deciders: readonly Decider[]): Promise<StreamState | undefined> {
    if (!canBeFrozen(deciders)) return undefined;
    try {
      const stored = await this.#options.store.load(stream);
      return stored === undefined ? undefined : stateOfSnapshot(stream, stored, deciders);
    } catch (error) {
      this.#surroundings.observe?.snapshotFailed?.(stream, error);
      return undefined;
    }
  }

  /** The same state, in a form that takes less memory and that the next snapshot need not go through again. */
  compact(state: StreamState, deciders: readonly Decider[]): StreamState {
    return canBeFrozen(deciders) ? frozen(state, deciders, this.#surroundings.newId()) : state;
  }

  /**
   * Starts to write a snapshot of a stream that has grown enough since its last one. While another is being written the
   * state is compacted as often nevertheless: where many streams are due at a time, all of them must stay in the memory.
   * @returns the state to go on with
   */
  offer(stream: string, state: StreamState, deciders: readonly Decider[]): StreamState {
    if (!this.#isDue(state, deciders)) return state;
    // Its segments are being merged: a state with one more would keep those that are replaced.
    if (this.#writing?.stream === stream) return state;
    if (this.#writing !== undefined || this.#surroundings.patience.elapsed() < this.#restUntil) {
      return state.revision - state.stackedRevision >= this.every ? this.compact(state, deciders) : state;
    }
    return this.#begin(stream, state, deciders);
  }

  /** Writes the snapshot of a stream that has grown enough since its last one, however short the rest was. Never fails. */
  async write(stream: string, state: StreamState, deciders: readonly Decider[]): Promise<void> {
    await this.idle();
    if (!this.#isDue(state, deciders)) return;
    this.#begin(stream, state, deciders);
    await this.idle();
  }

  /** Resolves when none is being written. */
  async idle(): Promise<void> {
    await this.#writing?.done;
  }

  #isDue(state: StreamState, deciders: readonly Decider[]): boolean {
    return state.revision - state.snapshotRevision >= this.every && canBeFrozen(deciders);
  }

  #begin(stream: string, state: StreamState, deciders: readonly Decider[]): StreamState {
    const start = this.#surroundings.patience.elapsed();
    const taken = { ...this.compact(state, deciders), snapshotRevision: state.revision };
    const done = this.#save(stream, taken, deciders).finally(() => {
      const end = this.#surroundings.patience.elapsed();
      this.#restUntil = end + Math.min(LONGEST_REST, REST_FACTOR * (end - start));
      this.#writing = undefined;
    });
    this.#writing = { stream, done };
    return taken;
  }

  /** Never fails. */
  async #save(stream: string, state: StreamState, deciders: readonly Decider[]): Promise<void> {
    const { newId, patience } = this.#surroundings;
    let pages = 0;
    const pause = async () => {
      pages += 1;
      if (pages % PAGES_A_TURN === 0) await patience.sleep(0);
    };
    try {
      const head = snapshotHead(stream, state, deciders);
      await state.stack.merge(newId, pause);
      const segments: readonly Segment[] = state.stack.segments;
      const saved = await this.#options.store.save(stream, storedSnapshot(head, segments));
      for (const [index, segment] of segments.entries()) segment.moveTo(saved[index] as SnapshotSegment);
    } catch (error) {
      this.#surroundings.observe?.snapshotFailed?.(stream, error);
      // It would fail again with the next one.
      if (error instanceof SnapshotLost) this.states.forget(stream);
    } finally {
      this.states.weighAgain(stream);
    }
  }
}
