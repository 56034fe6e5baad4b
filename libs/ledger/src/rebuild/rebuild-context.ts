import type {
  BuildCatalog,
  DiscardedEvents,
  EventStore,
  EventTypeRegistry,
  OpenRebuild,
  Projection,
  ReadStore,
  StoreUnavailable,
} from '#event-sourcing';
import type { RebuildRecord } from '#platform';
import type { RebuildRecords } from './rebuild-record.js';

/** What a rebuild works with. */
export interface RebuildContext {
  readonly eventStore: Pick<EventStore, 'subscribe' | 'readStream' | 'head'>;
  readonly readStore: ReadStore;
  readonly registry: EventTypeRegistry;
  /** Those of the program, in their first builds. */
  readonly projections: readonly Projection[];
  /** Names this program, as {@link OpenRebuild.program} does. */
  readonly program: string;
  /** The events that projections skip for ever. */
  discarded(): Promise<DiscardedEvents>;
  readonly catalog: BuildCatalog;
  readonly records: RebuildRecords;
  /** The present instant. */
  now(): string;
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** A name that nobody else gives. */
  newId(): string;
  /** A name for a run of this process, by which others can tell whether it has ended. */
  newOwner(): string;
  /** Whether the process of that run is known to have ended. */
  isGone(owner: string): boolean;
  /** Told at the beginning of each phase, and about each second. */
  onProgress?(record: RebuildRecord): void;
  onRetry?(error: StoreUnavailable): void;
  readonly timing?: Partial<RebuildTiming>;
}

/** In milliseconds. */
export interface RebuildTiming {
  /** Between two signs of life; default 1,000. */
  readonly beat: number;
  /** Whoever gives none for so long has lost the rebuild to the next that comes; default 10,000. */
  readonly lease: number;
  /** How long the new read models are kept up to date after the switch, until projectors and queries have turned to them; default 3,000. */
  readonly grace: number;
  /** How long queries that began before the switch have until what they read is dropped, where that is asked for; default 5,000. */
  readonly dropGrace: number;
}

const TIMING: RebuildTiming = { beat: 1_000, lease: 10_000, grace: 3_000, dropGrace: 5_000 };

export function timingOf({ timing }: RebuildContext): RebuildTiming {
  return { ...TIMING, ...timing };
}

/** A rebuild with the run that works at it. */
export interface OwnRebuild extends OpenRebuild {
  readonly owner: string;
}
