import type { EventToAppend, RecordedEvent } from './event.js';

/** The revision that a stream must have for an append to be taken; `no-stream` for a new one. */
export type ExpectedRevision = number | 'no-stream';

export type AppendResult =
  | {
      readonly outcome: 'appended';
      /** Revision of the last event appended. */
      readonly revision: number;
      /** Position of the last event appended. */
      readonly position: bigint;
    }
  /** The stream is elsewhere, and the ids are not the ones stored there. Nothing was appended. */
  | { readonly outcome: 'conflict' };

/**
 * The answer to an append got lost: it is stored or it is not. Repeating it with the same ids, bytes and the
 * *original* expected revision settles that; anything else may store it twice.
 */
export class AppendOutcomeUnknown extends Error {
  override readonly name = 'AppendOutcomeUnknown';
}

/** The store cannot be reached, is busy past its deadline, is full or is read-only; nothing was appended. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** A connection string that no server can be reached by. The message follows its name, and shows nothing of it but options. */
export class InvalidConnectionString extends Error {
  override readonly name = 'InvalidConnectionString';
}

/** Where an event stands. */
export type EventPlace = Pick<RecordedEvent, 'stream' | 'revision' | 'position'>;

/**
 * What the store holds in the place of an event is none. The message does not tell the place, for it reaches clients and
 * logs, and streams are named after accounts.
 */
export class UnreadableEvent extends StoreUnavailable implements EventPlace {
  /** Where nothing names the stream: its number in the store, as `#7`. */
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;

  /** @param complaint why, after the words "cannot be read: "; ends without a full stop */
  constructor(
    message: string,
    { position, revision, stream }: EventPlace,
    readonly complaint: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.stream = stream;
    this.revision = revision;
    this.position = position;
  }
}

export interface ReadStreamOptions {
  readonly direction?: 'forwards' | 'backwards';
  /** First revision to give; default: the stream's first, or its last when reading backwards. */
  readonly from?: number;
  /** At most so many events; default: all. */
  readonly limit?: number;
}

export interface ReadAllOptions {
  readonly direction?: 'forwards' | 'backwards';
  /** Forwards: events after this position; backwards: events at or before it. Default: from the start, or from the end. */
  readonly from?: bigint;
  readonly limit?: number;
}

export interface SubscribeOptions {
  /** Events after this position; `undefined`: from the start. */
  readonly after?: bigint;
  /** At most so many events a batch. */
  readonly batchSize?: number;
  /** Ends the subscription: the iteration then ends without an error. */
  readonly signal: AbortSignal;
}

export interface EventBatch {
  /** In the order of the log; may be empty. */
  readonly events: readonly RecordedEvent[];
  /** Every event of the ledger at or before this position has been delivered, with this batch or earlier. */
  readonly position: bigint;
  /** Whether nothing was waiting behind this batch when it was read. */
  readonly caughtUp: boolean;
}

/**
 * The log of one ledger. Appends are atomic and durable before they resolve; order within a stream and over the whole
 * log never changes. Streams are named without prefix here: an adapter on a shared server puts the ledger's own prefix
 * before them and shows no other streams.
 */
export interface EventStore {
  /**
   * Whether positions follow one another from 1 on: the last one of an append then tells all of them, and a gap that events
   * are missing.
   */
  readonly positionsFollow?: boolean;
  /**
   * Appends all of the events or none.
   *
   * Appending events again whose ids are stored already, in the same order, from `expected` on, is answered as the first
   * time and stores nothing.
   * @throws AppendOutcomeUnknown, StoreUnavailable
   */
  append(stream: string, expected: ExpectedRevision, events: readonly EventToAppend[]): Promise<AppendResult>;
  /** The stream's events; none for a stream that does not exist. @throws StoreUnavailable, UnreadableEvent in its place */
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<RecordedEvent>;
  /** The log's events. @throws StoreUnavailable, UnreadableEvent in its place */
  readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent>;
  /**
   * Follows the log, for ever, in batches. An empty batch tells that the position moved on past other ledgers' events,
   * or that the end was reached. The next batch is asked for when the consumer asks, so it cannot be overrun.
   * @throws StoreUnavailable when the connection is lost; subscribe again after the last position
   * @throws UnreadableEvent in the place of its batch: those before it in the log, up to a batch, are not given either
   */
  subscribe(options: SubscribeOptions): AsyncIterable<EventBatch>;
  /** Position of the newest event, or `undefined` where there is none. @throws StoreUnavailable */
  head(): Promise<bigint | undefined>;
  /** Resolves when the store answers. @throws StoreUnavailable */
  ping(): Promise<void>;
  close(): Promise<void>;
}
