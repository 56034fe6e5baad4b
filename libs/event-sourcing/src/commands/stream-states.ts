import { LRUCache } from 'lru-cache';
import type { Decider } from '../decider.js';
import type { RecordedEvent } from '../event.js';
import { StreamSnapshots } from '../snapshots/stream-snapshots.js';
import type { CommandExecutorOptions } from './command-executor.js';
import { patientRead } from './patient-read.js';
import { emptyState, foldRecorded, type StreamState } from './stream-state.js';

const DEFAULT_CACHE_BYTES = 128 * 1024 * 1024;
const PAGE_EVENTS = 500;
/** A stream with fewer events is folded from its start, without a look for a snapshot. */
const SHORT_STREAM = 64;
/** A long fold is compacted after so many events, so that this never takes the thread for long. */
const COMPACTED_AT_ONCE = 2_000;
/** Between two looks at whether the last snapshots are written, in milliseconds. */
const LOOK = 20;

/**
 * The states of streams: from the memory, where those used last are kept up to a number of bytes; else from the stream's
 * snapshot and the events after it.
 */
export class StreamStates {
  readonly #options: CommandExecutorOptions;
  readonly #known: LRUCache<string, StreamState>;
  readonly #snapshots: StreamSnapshots | undefined;
  readonly #short: number;

  constructor(options: CommandExecutorOptions) {
    this.#options = options;
    this.#known = new LRUCache({
      maxSize: options.cacheBytes ?? DEFAULT_CACHE_BYTES,
      sizeCalculation: ({ bytes, stack }) => bytes + stack.heldBytes,
    });
    if (options.snapshots !== undefined) {
      this.#snapshots = new StreamSnapshots(options.snapshots, options, this);
    }
    this.#short = Math.min(SHORT_STREAM, this.#snapshots?.every ?? SHORT_STREAM);
  }

  /** The state as it was when the stream was last looked at; `undefined` for one that is not in the memory. */
  known(stream: string): StreamState | undefined {
    return this.#known.get(stream);
  }

  keep(stream: string, state: StreamState): void {
    this.#known.set(stream, state);
  }

  /** Nobody knows any more what stands in the stream. */
  forget(stream: string): void {
    this.#known.delete(stream);
  }

  /** The cache looks at the size of a state when it is given one that it does not have. */
  weighAgain(stream: string): void {
    const state = this.#known.peek(stream);
    if (state !== undefined) this.keep(stream, { ...state });
  }

  /**
   * The newest state of a stream that is not in the memory: a short one is folded from its start, a long one from its
   * snapshot on.
   * @throws StoreUnavailable, SnapshotLost
   */
  async load(stream: string, deciders: readonly Decider[], useSnapshot: boolean): Promise<StreamState> {
    const first = await this.#eventsFrom(stream, 0, this.#short);
    const isLong = first.length === this.#short;
    const taken = isLong && useSnapshot ? await this.#ofSnapshot(stream, deciders) : undefined;
    const state = taken ?? foldRecorded(emptyState(deciders), first, deciders, this.#options.registry);
    if (isLong) return this.newer(stream, state, deciders);
    this.keep(stream, state);
    return state;
  }

  /** The state after all that was appended since; the same object where there was nothing. @throws StoreUnavailable, SnapshotLost */
  async newer(stream: string, state: StreamState, deciders: readonly Decider[]): Promise<StreamState> {
    // What was folded stays folded when the store goes away in the middle.
    let folded = state;
    await patientRead(async () => {
      for await (const after of this.#folds(stream, folded, deciders)) folded = after;
    }, this.#options.patience);
    this.keep(stream, folded);
    return folded;
  }

  /** To be called when the stream's commands are answered: begins to write its snapshot when it is time for one. */
  settled(stream: string, deciders: readonly Decider[]): void {
    const state = this.known(stream);
    if (this.#snapshots === undefined || state === undefined) return;
    const after = this.#snapshots.offer(stream, state, deciders);
    if (after !== state) this.keep(stream, after);
  }

  /**
   * Writes the snapshots that are due, those used last first, when the one that is being written is done; after so many
   * milliseconds it begins none any more, and leaves the last one to itself. To be called when no commands come any more.
   */
  async save(within: number): Promise<void> {
    if (this.#snapshots === undefined) return;
    const { patience } = this.#options;
    const end = patience.elapsed() + within;
    let isDone = false;
    const saved = this.#saveUntil(end, this.#snapshots).finally(() => {
      isDone = true;
    });
    // Pauses cannot be called off: the last one must not keep the process for long.
    while (!isDone && patience.elapsed() < end) await Promise.race([saved, patience.sleep(LOOK)]);
  }

  async #saveUntil(end: number, snapshots: StreamSnapshots): Promise<void> {
    const { decidersOf, patience } = this.#options;
    await snapshots.idle();
    for (const stream of [...this.#known.keys()]) {
      if (patience.elapsed() >= end) return;
      const state = this.#known.peek(stream);
      if (state !== undefined) await snapshots.write(stream, state, decidersOf(stream));
    }
  }

  /** Resolves when no snapshot is being written. */
  async idle(): Promise<void> {
    await this.#snapshots?.idle();
  }

  /** The state after each further page of the stream. */
  async *#folds(stream: string, start: StreamState, deciders: readonly Decider[]): AsyncGenerator<StreamState> {
    let state = start;
    let page: RecordedEvent[] = [];
    let loose = 0;
    const fold = () => {
      state = foldRecorded(state, page, deciders, this.#options.registry);
      loose += page.length;
      page = [];
      if (this.#snapshots === undefined || loose < COMPACTED_AT_ONCE) return state;
      state = this.#snapshots.compact(state, deciders);
      loose = 0;
      return state;
    };
    for await (const event of this.#options.store.readStream(stream, { from: start.revision + 1 })) {
      page.push(event);
      if (page.length === PAGE_EVENTS) yield fold();
    }
    yield fold();
  }

  /** The snapshot's state, where the stream has the event at which it was taken: that one's hash covers all before it. */
  async #ofSnapshot(stream: string, deciders: readonly Decider[]): Promise<StreamState | undefined> {
    const state = await this.#snapshots?.load(stream, deciders);
    if (state === undefined) return undefined;
    const [newest] = await this.#eventsFrom(stream, state.revision, 1);
    return newest?.metadata.hash === state.hash && newest.position === state.position ? state : undefined;
  }

  #eventsFrom(stream: string, from: number, limit: number): Promise<RecordedEvent[]> {
    return patientRead(async () => {
      const events: RecordedEvent[] = [];
      for await (const event of this.#options.store.readStream(stream, { from, limit })) events.push(event);
      return events;
    }, this.#options.patience);
  }
}
