import { type EventBatch, StoreUnavailable } from '../event-store.js';
import { UnknownEventType } from '../event-types.js';
import { partitionOf } from '../partition.js';
import { checkpointName, type Projection } from '../projection.js';
import type { QuarantinedStream } from '../read-store.js';
import { flushReadModels } from './flush.js';
import { ObservedFlushes } from './observed-flushes.js';
import type { ReadModel, ReadModelContext } from './read-model.js';
import { readModelOf, trimCaches } from './read-models.js';
import { awaitsRedrive, redriveStream } from './redrive.js';
import { REMOVED_DOCUMENTS } from './removed-documents.js';
import type { CoalesceLimits, DiscardedEvents, ProjectionRunnerOptions, RunnerStatus } from './runner-options.js';

const DEFAULT_BATCH_SIZE = 2_000;
const DEFAULT_CACHE_BYTES = 64 * 1024 * 1024;
const DEFAULT_COALESCE: CoalesceLimits = { events: 250_000, documents: 150_000, milliseconds: 1_000 };
/** While the log comes in full pages, a write is waited for so many times as long as where events come slowly. */
const PATIENCE_IN_FULL_PAGES = 5;
/** So many documents of one projection are written before the others' when they will hardly change again. */
const SETTLED_DOCUMENTS = 10_000;
/** Where the position moves past other ledgers' events only, it is stored this often, in milliseconds. */
const IDLE_CHECKPOINT = 500;
const FIRST_DELAY = 100;
const LAST_DELAY = 10_000;
const NONE: ReadonlySet<string> = new Set();

/** A store refused what a projection made: the events since the last write are to be gone through again, with care. */
class RefusedDocument extends Error {
  override readonly name = 'RefusedDocument';
}

/**
 * Keeps the read models of projections: follows the log, folds pages of events into cached documents, and writes them
 * together with the checkpoints. Every event takes effect once, also where a store writes half a batch, and where
 * another runner works on the same stores.
 *
 * An event that a projection cannot take stops its stream for that projection only, and is stored as a quarantined one.
 */
export class ProjectionRunner {
  readonly #options: ProjectionRunnerOptions;
  readonly #coalesce: CoalesceLimits;
  readonly #context: ReadModelContext;
  #models: readonly ReadModel[] = [];
  /** By type, in the newest version; empty for one that nobody takes. */
  #routes: ReadonlyMap<string, readonly ReadModel[]> = new Map();
  #position = 0n;
  #eventsSinceFlush = 0;
  #flushedAt = 0;
  #caughtUp = false;
  #running = false;
  readonly #observed: ObservedFlushes;
  #failures = 0;
  /** By projection and stream: those whose pointers are stored, and of which nobody was told yet. */
  readonly #stopped = new Map<string, QuarantinedStream>();
  /** Up to here the projections' work is checked event by event, since a store refused some of it. */
  #carefulUpTo = 0n;

  /** @throws Error for two projections of one name and version, and for one that takes an event nobody registered */
  constructor(options: ProjectionRunnerOptions) {
    this.#options = options;
    this.#coalesce = { ...DEFAULT_COALESCE, ...options.coalesce };
    this.#context = options;
    this.#observed = new ObservedFlushes(options.observe);
    const names = new Set<string>();
    for (const projection of options.projections) {
      const name = checkpointName(projection);
      if (names.has(name)) throw new Error(`there are two projections ${name}`);
      names.add(name);
      const unknown = projection.events.find((type) => !options.registry.types.has(type));
      if (unknown !== undefined) throw new Error(`${name} takes "${unknown}", which no capability registers`);
    }
  }

  /**
   * Works until the signal is aborted; then writes what has changed, and resolves. A store that cannot be reached is
   * tried again, from the stored checkpoints, after 0.1 s, 0.2 s, 0.4 s … 10 s.
   * @throws UnknownEventType for an event that no capability knows, with everything before it written
   * @throws LeaseLost when the session was closed; what was not written by then is lost with the runner
   * @throws whatever else a store fails with
   */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#running) throw new Error('the runner runs already');
    this.#running = true;
    try {
      while (!signal.aborted) await this.#attempt(signal);
    } finally {
      this.#running = false;
      this.#setCaughtUp(false);
    }
  }

  status(): RunnerStatus {
    const projections = this.#models.map(({ projection, writtenPosition, quarantined }) => ({
      name: projection.name,
      version: projection.version,
      position: writtenPosition,
      quarantined,
    }));
    return { position: least(projections.map(({ position }) => position)), caughtUp: this.#caughtUp, projections };
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    try {
      await this.#start();
      await this.#follow(signal);
      if (!signal.aborted) throw new StoreUnavailable('The event store ended the subscription.');
    } catch (error) {
      this.#setCaughtUp(false);
      if (error instanceof RefusedDocument) return;
      if (!(error instanceof StoreUnavailable)) throw error;
      const delay = Math.min(FIRST_DELAY * 2 ** this.#failures, LAST_DELAY);
      this.#failures += 1;
      this.#options.onRetry?.(error, delay);
      await this.#options.sleep(delay, signal);
    }
  }

  /** Everything from the read store, nothing from an attempt before. */
  async #start(): Promise<void> {
    const { readStore, projections, registry, session } = this.#options;
    await readStore.prepare([REMOVED_DOCUMENTS, ...projections.map(({ collection }) => collection)]);
    const positions = new Map(
      (await readStore.checkpoints(session)).map(({ projection, position }) => [projection, position]),
    );
    const positionOf = (projection: Projection) => positions.get(checkpointName(projection)) ?? 0n;
    const stopped = await readStore.quarantined();
    const discarded = await this.#options.discarded?.();
    const quarantined = await this.#redrive(stopped, positionOf, discarded);
    this.#models = inOrderOfWriting(projections).map((projection) =>
      readModelOf(projection, this.#context, {
        position: positionOf(projection),
        quarantined,
        discarded: discarded?.get(projection.name) ?? NONE,
      }),
    );
    this.#routes = new Map(
      [...registry.types].map((type) => [
        type,
        this.#models.filter(({ projection }) => projection.events.includes(type)),
      ]),
    );
    this.#position = least(this.#models.map(({ position }) => position));
    this.#eventsSinceFlush = 0;
    this.#flushedAt = this.#clock();
  }

  /** Tries the streams again that somebody asked it for; @returns those that are held back after that */
  async #redrive(
    quarantined: readonly QuarantinedStream[],
    positionOf: (projection: Projection) => bigint,
    discarded: DiscardedEvents | undefined,
  ): Promise<readonly QuarantinedStream[]> {
    const { readStore, projections, partitions, onRedriven } = this.#options;
    let redriven = 0;
    for (const pointer of quarantined) {
      const projection = projections.find((each) => checkpointName(each) === pointer.projection);
      if (!awaitsRedrive(pointer, projection) || partitions?.has(partitionOf(pointer.stream)) === false) continue;
      const skipped = discarded?.get(projection.name) ?? NONE;
      const outcome = await redriveStream(pointer, projection, this.#options, positionOf(projection), skipped);
      onRedriven?.(outcome);
      redriven += 1;
    }
    return redriven === 0 ? quarantined : await readStore.quarantined();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { eventStore, batchSize = DEFAULT_BATCH_SIZE } = this.#options;
    const after = this.#position === 0n ? {} : { after: this.#position };
    for await (const batch of eventStore.subscribe({ ...after, batchSize, signal })) {
      await this.#take(batch);
      if (this.#mustFlush(batch)) await this.#flush();
      else await this.#flushSettled();
      this.#setCaughtUp(batch.caughtUp);
    }
    await this.#flush();
  }

  /** @throws UnknownEventType with everything before it written */
  async #take({ events, position }: EventBatch): Promise<void> {
    const unknown = this.#offer(events);
    const upTo = unknown === undefined ? position : (unknown.before ?? this.#position);
    const careful = this.#position < this.#carefulUpTo;
    const incomplete = this.#models.filter((model) => model.look(careful));
    if (incomplete.length > 0) {
      await this.#unlessRefused(upTo, () => Promise.all(incomplete.map((model) => model.load())));
    }
    for (const model of this.#models) model.fold(upTo, careful);
    this.#position = upTo;
    this.#eventsSinceFlush += events.length;
    if (unknown !== undefined) {
      await this.#flush();
      throw unknown.error;
    }
  }

  /** Hands the events to the read models that take them, up to one that nobody knows. */
  #offer(events: EventBatch['events']): { error: UnknownEventType; before: bigint | undefined } | undefined {
    const { observe, partitions } = this.#options;
    let before: bigint | undefined;
    for (let index = 0; index < events.length; index++) {
      let event = events[index] as EventBatch['events'][number];
      let models = this.#routes.get(event.type);
      if (models === undefined) {
        try {
          event = this.#options.registry.upcast(event);
        } catch (error) {
          if (error instanceof UnknownEventType) return { error, before };
          throw error;
        }
        models = this.#routes.get(event.type) ?? [];
      }
      before = event.position;
      if (models.length === 0) continue;
      const partition = partitionOf(event.stream);
      if (partitions?.has(partition) === false) continue;
      if (observe !== undefined) this.#observed.note(event.metadata.traceparent);
      for (let each = 0; each < models.length; each++) (models[each] as ReadModel).offer(event, partition);
    }
    return undefined;
  }

  #mustFlush({ caughtUp, events: page }: EventBatch): boolean {
    const waiting = this.#waiting();
    if (caughtUp && (waiting > 0 || this.#eventsSinceFlush > 0)) return true;
    const elapsed = this.#clock() - this.#flushedAt;
    if (waiting === 0 && this.#eventsSinceFlush === 0) return elapsed >= IDLE_CHECKPOINT;
    const { events, documents, milliseconds } = this.#coalesce;
    const isFull = page.length >= (this.#options.batchSize ?? DEFAULT_BATCH_SIZE);
    const patience = isFull ? PATIENCE_IN_FULL_PAGES * milliseconds : milliseconds;
    return this.#eventsSinceFlush >= events || waiting >= documents || elapsed >= patience;
  }

  async #flush(): Promise<void> {
    const work = { events: this.#eventsSinceFlush, documents: this.#waiting() };
    const flushed = await this.#observed.during(work, () => this.#write(this.#models));
    this.#eventsSinceFlush = 0;
    this.#flushedAt = this.#clock();
    trimCaches(this.#models, this.#options.cacheBytes ?? DEFAULT_CACHE_BYTES);
    if (flushed) this.#tell();
  }

  /**
   * What is changed once, as orders are, is written as soon as there is much of it, without what is changed all the time:
   * so neither fills the memory, and the others are written once for many changes.
   */
  async #flushSettled(): Promise<void> {
    const settled = this.#models.filter(({ dirty, isSettled }) => dirty >= SETTLED_DOCUMENTS && isSettled);
    if (settled.length === 0) return;
    const flushed = await this.#write(settled);
    for (const model of settled) model.trim();
    if (flushed) this.#tell();
  }

  /** @returns whether there was something to write */
  async #write(models: readonly ReadModel[]): Promise<boolean> {
    const { readStore, session } = this.#options;
    const note = (stream: QuarantinedStream) => this.#stopped.set(`${stream.projection} ${stream.stream}`, stream);
    try {
      return await this.#unlessRefused(this.#position, () => flushReadModels(readStore, models, session, note));
    } catch (error) {
      // Going through them again with care may find that an earlier event of the same stream is to blame.
      if (!(error instanceof RefusedDocument)) this.#tellStopped();
      throw error;
    }
  }

  #tellStopped(): void {
    for (const stream of this.#stopped.values()) this.#options.onQuarantined?.(stream);
    this.#stopped.clear();
  }

  /** Documents that wait to be written. */
  #waiting(): number {
    return this.#models.reduce((sum, { dirty }) => sum + dirty, 0);
  }

  #tell(): void {
    this.#failures = 0;
    this.#tellStopped();
    this.#options.onProgress?.(this.status());
  }

  /** Stores refuse with a TypeError what does not fit its collection, and cannot say which event made it so. */
  async #unlessRefused<T>(upTo: bigint, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TypeError) || upTo <= this.#carefulUpTo) throw error;
      this.#carefulUpTo = upTo;
      throw new RefusedDocument(error.message, { cause: error });
    }
  }

  #setCaughtUp(caughtUp: boolean): void {
    if (caughtUp === this.#caughtUp) return;
    this.#caughtUp = caughtUp;
    this.#options.onProgress?.(this.status());
  }

  #clock(): number {
    return Date.parse(this.#options.now());
  }
}

function inOrderOfWriting(projections: readonly Projection[]): readonly Projection[] {
  const isLast = (projection: Projection) => projection.kind === 'documents' && projection.writtenLast === true;
  return [...projections.filter((each) => !isLast(each)), ...projections.filter(isLast)];
}

function least(positions: readonly bigint[]): bigint {
  return positions.reduce((lowest, position) => (position < lowest ? position : lowest), positions[0] ?? 0n);
}
