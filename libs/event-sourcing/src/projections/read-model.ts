import type { EventStore } from '../event-store.js';
import type { EventTypeRegistry } from '../event-types.js';
import { checkpointName, type ProjectedEvent, type Projection } from '../projection.js';
import type { DocumentWrite, QuarantinedStream, ReadStore } from '../read-store.js';

/** What the read models of one runner work with. */
export interface ReadModelContext {
  readonly eventStore: Pick<EventStore, 'readStream'>;
  readonly readStore: Pick<ReadStore, 'getMany' | 'find' | 'quarantined'>;
  readonly registry: EventTypeRegistry;
  /** The present instant: ISO 8601 in UTC. */
  now(): string;
}

/** Where a read model is at the start: from the read store. */
export interface ReadModelStart {
  /** Its checkpoint, 0 where there is none: no event of a ledger has that position. */
  readonly position: bigint;
  readonly quarantined: readonly QuarantinedStream[];
  /** Ids of events that it skips. */
  readonly discarded?: ReadonlySet<string>;
}

const MAX_ERROR_LENGTH = 1_000;

/**
 * One projection at work, a page of events at a time: the events are offered, then what they change is loaded, then
 * they are folded in. What has changed is collected to be written when the runner finds it is time.
 */
export abstract class ReadModel {
  /** Also of its checkpoint. */
  readonly name: string;
  /** Up to where its checkpoint is stored. */
  writtenPosition: bigint;
  /** Everything at or before it is in the model, be it written or not. */
  #position: bigint;
  /** The revisions from which on streams are held back. */
  readonly #held = new Map<string, number>();
  #parked: QuarantinedStream[] = [];
  protected readonly events: ProjectedEvent[] = [];
  protected readonly partitions: number[] = [];
  protected readonly startedFromNothing: boolean;
  readonly #discarded: ReadonlySet<string> | undefined;

  constructor(
    readonly projection: Projection,
    protected readonly context: ReadModelContext,
    start: ReadModelStart,
  ) {
    this.name = checkpointName(projection);
    this.#position = start.position;
    this.writtenPosition = start.position;
    this.startedFromNothing = start.position === 0n;
    this.#discarded = start.discarded?.size === 0 ? undefined : start.discarded;
    this.#hold(start.quarantined);
  }

  get position(): bigint {
    return this.#position;
  }

  /** So many streams are held back. */
  get quarantined(): number {
    return this.#held.size;
  }

  /** The streams stopped since this was asked for the last time. */
  takeParked(): QuarantinedStream[] {
    const parked = this.#parked;
    this.#parked = [];
    return parked;
  }

  /** So many documents wait to be written. */
  abstract get dirty(): number;
  /** Whether most of what waits was changed once, so that waiting longer would spare no write. */
  get isSettled(): boolean {
    return false;
  }

  /** Rough number of bytes that the cache takes. */
  abstract get cacheWeight(): number;
  /** Forgets what was not used lately; only while nothing waits to be written. */
  abstract trim(): void;

  /** Takes an event into the page, unless it is in the model already, held back, or discarded. */
  offer(event: ProjectedEvent, partition: number): void {
    if (event.position <= this.#position || (this.#held.size > 0 && this.#isHeld(event))) return;
    if (this.#discarded !== undefined && this.isDiscarded(event)) return;
    this.events.push(event);
    this.partitions.push(partition);
  }

  /**
   * Finds out what the page changes.
   * @param careful whether to try what the projection gives against the collection's definition, as a store does
   * @returns whether some of it must be loaded
   */
  abstract look(careful: boolean): boolean;

  /** Loads what {@link look} missed. @throws StoreUnavailable */
  async load(): Promise<void> {
    if (await this.loadMissing()) this.#hold(await this.context.readStore.quarantined());
  }

  /**
   * @returns whether something was newer than this model. Then another runner is ahead, or a batch was cut off: which
   * streams it stopped at was stored before its documents, and must be known before anything is folded into them.
   */
  protected abstract loadMissing(): Promise<boolean>;

  /**
   * Folds the page in. An event that cannot be taken changes nothing and stops its stream here.
   * @param upTo position up to which the log was delivered with this page
   * @param careful as for {@link look}
   */
  fold(upTo: bigint, careful: boolean): void {
    const { events } = this;
    for (let index = 0; index < events.length; index++) {
      const event = events[index] as ProjectedEvent;
      // Held since it was offered: an event before it could not be taken, or another runner stopped its stream.
      if (this.#held.size > 0 && this.#isHeld(event)) continue;
      try {
        this.foldEvent(event, index, careful);
      } catch (error) {
        this.#park(event, error);
      }
    }
    events.length = 0;
    this.partitions.length = 0;
    if (upTo > this.#position) this.#position = upTo;
  }

  /** @throws what the projection throws, with nothing changed */
  protected abstract foldEvent(event: ProjectedEvent, index: number, careful: boolean): void;

  /**
   * Adds what waits to be written.
   * @param removals gets a mark for each document that is taken away, to be stored before
   */
  abstract collect(documents: DocumentWrite[], removals: DocumentWrite[]): void;
  /** What was collected is stored. */
  abstract written(): void;

  protected isDiscarded({ id }: ProjectedEvent): boolean {
    return this.#discarded?.has(id) === true;
  }

  #isHeld({ stream, revision }: ProjectedEvent): boolean {
    return revision >= (this.#held.get(stream) ?? Number.POSITIVE_INFINITY);
  }

  #hold(quarantined: readonly QuarantinedStream[]): void {
    for (const { projection, stream, revision } of quarantined) {
      if (projection === this.name) this.#held.set(stream, revision);
    }
  }

  #park({ stream, revision, position, id, type }: ProjectedEvent, error: unknown): void {
    this.#held.set(stream, revision);
    this.#parked.push({
      projection: this.name,
      stream,
      revision,
      position,
      eventId: id,
      type,
      error: String(error).slice(0, MAX_ERROR_LENGTH),
      at: this.context.now(),
    });
  }
}
