import { type EventBatch, type EventStore, StoreUnavailable } from '../event-store.js';
import { type EventTypeRegistry, UnknownEventType } from '../event-types.js';
import { partitionOf } from '../partition.js';
import { checkpointName, type Projection } from '../projection.js';
import type { QuarantinedStream, ReadStore } from '../read-store.js';
import { DocumentModel } from './document-model.js';
import { type Flushed, flushReadModels } from './flush.js';
import type { ReadModel, ReadModelContext, ReadModelStart } from './read-model.js';
import { REMOVED_DOCUMENTS } from './removed-documents.js';
import { RunningTotalsModel } from './running-totals-model.js';

export interface ProjectionRunnerOptions {
  readonly eventStore: Pick<EventStore, 'subscribe' | 'readStream'>;
  readonly readStore: Pick<ReadStore, 'prepare' | 'write' | 'getMany' | 'find' | 'checkpoints' | 'quarantined'>;
  readonly registry: EventTypeRegistry;
  readonly projections: readonly Projection[];
  /** The present instant: ISO 8601 in UTC. */
  now(): string;
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Told after each write, and when the log's end is reached or lost. */
  onProgress?(status: RunnerStatus): void;
  /** Told when a store could not be reached, with the milliseconds until it is tried again. */
  onRetry?(error: StoreUnavailable, delay: number): void;
  /** Told of each stream that a projection stopped at, once that is stored. */
  onQuarantined?(stream: QuarantinedStream): void;
  /** Events a page, at most; default 2,000. */
  readonly batchSize?: number;
  /** Rough bytes of documents that are kept in memory for the folds; default 128 MiB. */
  readonly cacheBytes?: number;
  /** What is waited for with a write while the log's end is far. */
  readonly coalesce?: Partial<CoalesceLimits>;
}

/** While catching up, what has changed is written as soon as one of these is reached. */
export interface CoalesceLimits {
  /** Events since the last write; default 50,000. */
  readonly events: number;
  /** Documents that wait to be written; default 50,000. */
  readonly documents: number;
  /** Since the last write; default 1,000. */
  readonly milliseconds: number;
}

export interface RunnerStatus {
  /** Everything at or before it is stored in all read models; 0 before the first event. */
  readonly position: bigint;
  /** Whether the log's end was reached and nothing has come since that is not stored. */
  readonly caughtUp: boolean;
  readonly projections: readonly ProjectionStatus[];
}

export interface ProjectionStatus {
  readonly name: string;
  readonly version: number;
  /** Everything at or before it is stored. */
  readonly position: bigint;
  /** So many streams are held back. */
  readonly quarantined: number;
}

const DEFAULT_BATCH_SIZE = 2_000;
const DEFAULT_CACHE_BYTES = 128 * 1024 * 1024;
const DEFAULT_COALESCE: CoalesceLimits = { events: 50_000, documents: 50_000, milliseconds: 1_000 };
/** Where the position moves past other ledgers' events only, it is stored this often, in milliseconds. */
const IDLE_CHECKPOINT = 500;
const FIRST_DELAY = 100;
const LAST_DELAY = 10_000;

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
  #failures = 0;
  /** Up to here the projections' work is checked event by event, since a store refused some of it. */
  #carefulUpTo = 0n;

  /** @throws Error for two projections of one name and version, and for one that takes an event nobody registered */
  constructor(options: ProjectionRunnerOptions) {
    this.#options = options;
    this.#coalesce = { ...DEFAULT_COALESCE, ...options.coalesce };
    this.#context = options;
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
    const { readStore, projections, registry } = this.#options;
    await readStore.prepare([REMOVED_DOCUMENTS, ...projections.map(({ collection }) => collection)]);
    const positions = new Map(
      (await readStore.checkpoints()).map(({ projection, position }) => [projection, position]),
    );
    const quarantined = await readStore.quarantined();
    this.#models = projections.map((projection) =>
      readModelOf(projection, this.#context, {
        position: positions.get(checkpointName(projection)) ?? 0n,
        quarantined,
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

  async #follow(signal: AbortSignal): Promise<void> {
    const { eventStore, batchSize = DEFAULT_BATCH_SIZE } = this.#options;
    const after = this.#position === 0n ? {} : { after: this.#position };
    for await (const batch of eventStore.subscribe({ ...after, batchSize, signal })) {
      await this.#take(batch);
      if (this.#mustFlush(batch)) await this.#flush();
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
      for (let each = 0; each < models.length; each++) (models[each] as ReadModel).offer(event, partition);
    }
    return undefined;
  }

  #mustFlush({ caughtUp }: EventBatch): boolean {
    const waiting = this.#models.reduce((sum, { dirty }) => sum + dirty, 0);
    if (caughtUp && (waiting > 0 || this.#eventsSinceFlush > 0)) return true;
    const elapsed = this.#clock() - this.#flushedAt;
    if (waiting === 0 && this.#eventsSinceFlush === 0) return elapsed >= IDLE_CHECKPOINT;
    const { events, documents, milliseconds } = this.#coalesce;
    return this.#eventsSinceFlush >= events || waiting >= documents || elapsed >= milliseconds;
  }

  async #flush(): Promise<void> {
    const { readStore, cacheBytes = DEFAULT_CACHE_BYTES } = this.#options;
    const flushed = await this.#unlessRefused(this.#position, () => flushReadModels(readStore, this.#models));
    this.#eventsSinceFlush = 0;
    this.#flushedAt = this.#clock();
    trimCaches(this.#models, cacheBytes);
    if (flushed !== undefined) this.#tell(flushed);
  }

  #tell({ quarantined }: Flushed): void {
    this.#failures = 0;
    for (const stream of quarantined) this.#options.onQuarantined?.(stream);
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

function readModelOf(projection: Projection, context: ReadModelContext, start: ReadModelStart): ReadModel {
  return projection.kind === 'documents'
    ? new DocumentModel(projection, context, start)
    : new RunningTotalsModel(projection, context, start);
}

/** Right after everything was written, when nothing must be kept. */
function trimCaches(models: readonly ReadModel[], bytes: number): void {
  const weight = () => models.reduce((sum, { cacheWeight }) => sum + cacheWeight, 0);
  for (let generation = 0; generation < 2 && weight() > bytes; generation++) {
    for (const model of models) model.trim();
  }
}

function least(positions: readonly bigint[]): bigint {
  return positions.reduce((lowest, position) => (position < lowest ? position : lowest), positions[0] ?? 0n);
}
