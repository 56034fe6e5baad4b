import type { EventStore, StoreUnavailable } from '../event-store.js';
import type { EventTypeRegistry } from '../event-types.js';
import type { ProjectionObserver } from '../observers.js';
import type { Projection } from '../projection.js';
import type { QuarantinedStream, ReadStore, RedrivenStream } from '../read-store.js';

/** By projection, without the version: ids of events that it skips for ever. */
export type DiscardedEvents = ReadonlyMap<string, ReadonlySet<string>>;

export interface ProjectionRunnerOptions {
  readonly eventStore: Pick<EventStore, 'subscribe' | 'readStream'>;
  readonly readStore: Pick<ReadStore, 'prepare' | 'write' | 'getMany' | 'find' | 'checkpoints' | 'quarantined'>;
  readonly registry: EventTypeRegistry;
  readonly projections: readonly Projection[];
  /** The logical partitions whose events are taken; left out: all. */
  readonly partitions?: ReadonlySet<number>;
  /** The session that the partitions are kept in, and whose checkpoints are moved; left out: nobody else works on them. */
  readonly session?: string;
  /**
   * The events that projections skip for ever. Asked each time the runner starts, after it has read which streams are
   * stopped: so it knows of every decision that was made before somebody asked for a stream to be tried again.
   */
  discarded?(): Promise<DiscardedEvents>;
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
  /** Told of each stream that was tried again, once that is stored. */
  onRedriven?(stream: RedrivenStream): void;
  /** Who measures or traces; default: nobody. */
  readonly observe?: ProjectionObserver;
  /** Events a page, at most; default 2,000. */
  readonly batchSize?: number;
  /** Rough bytes of documents that are kept in memory for the folds; default 64 MiB. */
  readonly cacheBytes?: number;
  /** What is waited for with a write while the log's end is far. */
  readonly coalesce?: Partial<CoalesceLimits>;
}

/** While catching up, what has changed is written as soon as one of these is reached. */
export interface CoalesceLimits {
  /** Events since the last write; default 250,000. */
  readonly events: number;
  /** Documents that wait to be written; default 150,000. */
  readonly documents: number;
  /** Since the last write; default 1,000, and five times as long while the log comes in full pages. */
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
