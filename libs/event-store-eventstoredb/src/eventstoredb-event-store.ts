import { setTimeout } from 'node:timers/promises';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import {
  AppendOutcomeUnknown,
  type AppendResult,
  type EventBatch,
  type EventStore,
  type EventToAppend,
  type ExpectedRevision,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  StoreUnavailable,
  type SubscribeOptions,
} from '#event-sourcing';
import { refusal } from './append-answer.js';
import { BatchAppends } from './batch-appends.js';
import { EventStoreDbConnection } from './eventstoredb-connection.js';
import { unavailable } from './eventstoredb-errors.js';
import { allRead, allSubscription, streamRead } from './read-requests.js';
import { knownPosition, placeOf, toRecordedEvent } from './recorded-event.js';
import { ResponsePages } from './response-pages.js';
import { subscriptionBatches } from './subscription.js';

export interface EventStoreDbOptions {
  /**
   * A connection string: `esdb://`, `esdb+discover://`, or either with `kurrentdb`. Its user must be allowed to read
   * `$all` and to write the ledger's streams.
   */
  readonly url: string;
  /**
   * Stands before every stream's name on the server; default `keyledger-`. No other writer on the server may use
   * names that begin with it.
   */
  readonly streamPrefix?: string;
  /** Milliseconds after which the outcome of an append counts as unknown; default 10,000. */
  readonly appendDeadlineMs?: number;
  /** Milliseconds that a read waits for its next answer; default 30,000. */
  readonly readDeadlineMs?: number;
}

/** Answers of a read that may wait here before the server is made to wait. */
const READ_PAGE = 500;
const BATCH_SIZE = 1_000;
const PING_DEADLINE = 5_000;
const SETTLED_READ_ATTEMPTS = 5;
const SETTLED_READ_PAUSE = 20;

/** The log of a ledger on an EventStoreDB server, 23.10 or newer (KurrentDB included). */
export class EventStoreDbEventStore implements EventStore {
  readonly #connection: EventStoreDbConnection;
  readonly #appends: BatchAppends;
  readonly #prefix: string;
  readonly #readDeadline: number;
  readonly #reads = new Set<ResponsePages>();
  #closed = false;

  private constructor(options: EventStoreDbOptions) {
    this.#connection = new EventStoreDbConnection(options.url);
    this.#appends = new BatchAppends(this.#connection, options.appendDeadlineMs ?? 10_000);
    this.#prefix = options.streamPrefix ?? 'keyledger-';
    this.#readDeadline = options.readDeadlineMs ?? 30_000;
  }

  /**
   * Connects when it is first used, so a server that is not there shows in `ping` and in every call.
   * @throws InvalidConnectionString, RangeError for an empty prefix
   */
  static async open(options: EventStoreDbOptions): Promise<EventStoreDbEventStore> {
    if (options.streamPrefix === '') throw new RangeError('the prefix of the streams must not be empty');
    return new EventStoreDbEventStore(options);
  }

  /** @throws RangeError for no events, and for more than the server takes in one append (1 MiB unless it is set up so) */
  async append(stream: string, expected: ExpectedRevision, events: readonly EventToAppend[]): Promise<AppendResult> {
    this.#assertOpen();
    if (events.length === 0) throw new RangeError('an append needs an event');
    const streamName = this.#prefix + stream;
    const answer = await this.#appends.append(streamName, expected, events);
    const refused = answer.getError();
    if (refused !== undefined) return { outcome: refusal(refused, streamName) };
    const success = answer.getSuccess();
    const revision = Number(success?.getCurrentRevision());
    const position = knownPosition(success?.getPosition()?.getCommitPosition());
    return { outcome: 'appended', revision, position: position ?? (await this.#positionOf(stream, revision)) };
  }

  async *readStream(stream: string, options: ReadStreamOptions = {}): AsyncGenerator<RecordedEvent> {
    const { direction = 'forwards', from, limit } = options;
    if (limit === 0) return;
    yield* this.#read(streamRead(this.#prefix + stream, direction, from, limit));
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent> {
    const { direction = 'forwards', from, limit } = options;
    if (limit === 0) return;
    yield* direction === 'forwards' ? this.#readForwards(from, limit) : this.#readBackwards(from, limit);
  }

  async *subscribe(options: SubscribeOptions): AsyncGenerator<EventBatch> {
    const { after, batchSize = BATCH_SIZE, signal } = options;
    if (signal.aborted) return;
    const pages = await this.#open(allSubscription(this.#prefix, after), batchSize);
    const stop = () => pages.cancel();
    signal.addEventListener('abort', stop);
    // It tells nobody of what was before: it may have been given up while it was being opened.
    if (signal.aborted) stop();
    try {
      yield* subscriptionBatches(pages, this.#prefix, after, this.#readDeadline, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      this.#end(pages);
    }
  }

  async head(): Promise<bigint | undefined> {
    // Also of one that cannot be read.
    for await (const response of this.#responses(allRead(this.#prefix, 'backwards', undefined, 1))) {
      return placeOf(response.getEvent()!, this.#prefix).position;
    }
    return undefined;
  }

  async ping(): Promise<void> {
    const pages = await this.#open(allRead(undefined, 'backwards', undefined, 1), 1);
    try {
      await pages.next(PING_DEADLINE);
    } finally {
      this.#end(pages);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const pages of this.#reads) pages.cancel(closedError());
    await this.#connection.close();
  }

  async *#readForwards(from: bigint | undefined, limit: number | undefined): AsyncGenerator<RecordedEvent> {
    // The server gives the event at `from` as well, if it is one of ours.
    const request = allRead(this.#prefix, 'forwards', from, from === undefined || !limit ? limit : limit + 1);
    let given = 0;
    for await (const response of this.#responses(request)) {
      // It may be one that cannot be read, behind which a reader goes on.
      if (from !== undefined && placeOf(response.getEvent()!, this.#prefix).position <= from) continue;
      yield toRecordedEvent(response.getEvent()!, this.#prefix);
      given += 1;
      if (given === limit) return;
    }
  }

  async *#readBackwards(from: bigint | undefined, limit: number | undefined): AsyncGenerator<RecordedEvent> {
    let before = from;
    let left = limit;
    if (from !== undefined) {
      // Backwards the server begins before `from`: look at what is there, among all events for the sake of speed.
      const there = await this.#firstAt(from);
      // The server does not read backwards from a place beyond the log's end.
      if (there === undefined) before = undefined;
      else if (there !== 'other') {
        yield there;
        if (left !== undefined) left -= 1;
      }
    }
    if (left === 0) return;
    for await (const event of this.#read(allRead(this.#prefix, 'backwards', before, left))) {
      // What was appended since the look beyond the end is too new.
      if (from === undefined || event.position <= from) yield event;
    }
  }

  /** The ledger's event at a position, `other` where there is none of its own, `undefined` beyond the log's end. */
  async #firstAt(position: bigint): Promise<RecordedEvent | 'other' | undefined> {
    for await (const response of this.#responses(allRead(undefined, 'forwards', position, 1))) {
      const event = response.getEvent()?.getEvent();
      const name = Buffer.from(event?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8');
      if (!name.startsWith(this.#prefix) || BigInt(event?.getCommitPosition() ?? 0) !== position) return 'other';
      return toRecordedEvent(response.getEvent()!, this.#prefix);
    }
    return undefined;
  }

  /** The server may answer a repeat without a position, while the first append is still on its way into the index. */
  async #positionOf(stream: string, revision: number): Promise<bigint> {
    for (let attempt = 0; attempt < SETTLED_READ_ATTEMPTS; attempt++) {
      if (attempt > 0) await setTimeout(SETTLED_READ_PAUSE);
      for await (const event of this.readStream(stream, { from: revision, limit: 1 })) return event.position;
    }
    throw new AppendOutcomeUnknown(`EventStoreDB took the append to ${stream}, but does not show it yet`);
  }

  async *#read(request: ReadReq): AsyncGenerator<RecordedEvent> {
    for await (const response of this.#responses(request)) yield toRecordedEvent(response.getEvent()!, this.#prefix);
  }

  /** The answers that hold an event: there may be others, that the stream is not there for instance. */
  async *#responses(request: ReadReq) {
    const pages = await this.#open(request, READ_PAGE);
    try {
      for (;;) {
        const page = await pages.next(this.#readDeadline);
        if (page === undefined) return;
        for (const response of page) if (response.hasEvent()) yield response;
      }
    } finally {
      this.#end(pages);
    }
  }

  async #open(request: ReadReq, pageSize: number): Promise<ResponsePages> {
    this.#assertOpen();
    try {
      const pages = new ResponsePages(await this.#connection.read(request), pageSize);
      this.#reads.add(pages);
      return pages;
    } catch (error) {
      throw unavailable(error);
    }
  }

  #end(pages: ResponsePages): void {
    this.#reads.delete(pages);
    pages.cancel();
  }

  #assertOpen(): void {
    if (this.#closed) throw closedError();
  }
}

function closedError(): StoreUnavailable {
  return new StoreUnavailable('The event store was closed.');
}
