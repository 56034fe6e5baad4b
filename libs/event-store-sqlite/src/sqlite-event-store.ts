import { setImmediate } from 'node:timers/promises';
import {
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
import { EVENT_LOG } from './event-log.js';
import { type EventPage, EventReader } from './event-reader.js';
import { NewsWatch } from './news-watch.js';
import { SqliteWriter, type StartWorker } from './sqlite-writer.js';

export interface SqliteEventStoreOptions {
  /** Path of the file; it and its folder are made when missing. Several processes may have it open. */
  readonly file: string;
  /** How long to wait for another process's lock, in milliseconds; default 5,000. */
  readonly busyTimeout?: number;
  /** For tests that end the writing thread. */
  readonly startWorker?: StartWorker;
}

const DEFAULT_BUSY_TIMEOUT = 5_000;
const PAGE = 1_000;

/** The log in a SQLite file: one thread writes, in groups; reads are done in the calling thread, a page at once. */
export class SqliteEventStore implements EventStore {
  /** Commits are serial, each row gets the greatest position plus one, and nothing is ever deleted. */
  readonly positionsFollow = true;
  readonly #reader: EventReader;
  readonly #writer: SqliteWriter;
  readonly #news: NewsWatch;
  #closing: Promise<void> | undefined;

  /** @throws StoreUnavailable when the file cannot be opened, or a newer program wrote it */
  static async open(options: SqliteEventStoreOptions): Promise<SqliteEventStore> {
    return new SqliteEventStore(options);
  }

  private constructor({ file, busyTimeout = DEFAULT_BUSY_TIMEOUT, startWorker }: SqliteEventStoreOptions) {
    this.#reader = new EventReader(file, busyTimeout);
    this.#news = new NewsWatch(() => this.#reader.head());
    this.#writer = new SqliteWriter({ file, busyTimeout }, () => this.#news.tell(), startWorker);
  }

  async append(stream: string, expected: ExpectedRevision, events: readonly EventToAppend[]): Promise<AppendResult> {
    this.#assertOpen();
    if (events.length === 0) throw new RangeError('an append needs an event');
    return this.#writer.append(stream, expected, events);
  }

  async *readStream(stream: string, options: ReadStreamOptions = {}): AsyncGenerator<RecordedEvent> {
    const step = options.direction === 'backwards' ? -1 : 1;
    yield* this.#pages(options.limit, (limit, last) =>
      this.#reader.pageOfStream(stream, last ? { ...options, from: last.revision + step } : options, limit),
    );
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent> {
    const step = options.direction === 'backwards' ? -1n : 0n;
    yield* this.#pages(options.limit, (limit, last) =>
      this.#reader.pageOfAll(last ? { ...options, from: last.position + step } : options, limit),
    );
  }

  async *subscribe({ after = 0n, batchSize = PAGE, signal }: SubscribeOptions): AsyncGenerator<EventBatch> {
    let position = after;
    for (let first = true; !signal.aborted; first = false) {
      this.#assertOpen();
      const { events, unreadable } = this.#reader.pageOfAll({ from: position }, batchSize);
      if (unreadable !== undefined) throw unreadable;
      position = events.at(-1)?.position ?? position;
      const caughtUp = events.length < batchSize || this.#reader.head() <= position;
      if (first || events.length > 0) yield { events, position, caughtUp };
      if (caughtUp) await this.#news.after(position, signal);
      else await setImmediate();
    }
  }

  async head(): Promise<bigint | undefined> {
    this.#assertOpen();
    const head = this.#reader.head();
    return head === 0n ? undefined : head;
  }

  async ping(): Promise<void> {
    await this.head();
  }

  /** Answers the appends that wait, then ends; a subscription that still runs fails. */
  close(): Promise<void> {
    this.#closing ??= this.#writer.close().finally(() => {
      this.#news.close(new StoreUnavailable(`${EVENT_LOG} is closed.`));
      this.#reader.close();
    });
    return this.#closing;
  }

  /** Reads page by page, and lets the event loop turn between two of them: iterating alone never would. */
  async *#pages(
    limit = Number.POSITIVE_INFINITY,
    read: (limit: number, last: RecordedEvent | undefined) => EventPage,
  ): AsyncGenerator<RecordedEvent> {
    let last: RecordedEvent | undefined;
    for (let left = limit; left > 0; left -= PAGE) {
      if (last !== undefined) await setImmediate();
      this.#assertOpen();
      const size = Math.min(PAGE, left);
      const { events, unreadable } = read(size, last);
      yield* events;
      if (unreadable !== undefined) throw unreadable;
      last = events.at(-1);
      if (events.length < size) return;
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new StoreUnavailable(`${EVENT_LOG} is closed.`);
  }
}
