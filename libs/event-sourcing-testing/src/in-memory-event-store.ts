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

const DEFAULT_BATCH_SIZE = 1_000;

/** A log in an array: the port at its plainest, for tests of what works on one. */
export class InMemoryEventStore implements EventStore {
  readonly #log: RecordedEvent[] = [];
  readonly #streams = new Map<string, RecordedEvent[]>();
  #waiting: (() => void)[] = [];
  #closed = false;

  /** @param history what it holds from the start, as {@link record} takes it */
  constructor(history: readonly RecordedEvent[] = []) {
    this.record(history);
  }

  /** Adds events as they are, with positions above all before and revisions that follow on their streams'. */
  record(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      const stream = this.#streams.get(event.stream) ?? [];
      if (event.revision !== stream.length || event.position <= this.#end) throw new RangeError('not the next event');
      this.#streams.set(event.stream, stream);
      stream.push(event);
      this.#log.push(event);
    }
    this.#wake();
  }

  async append(stream: string, expected: ExpectedRevision, events: readonly EventToAppend[]): Promise<AppendResult> {
    this.#assertOpen();
    if (events.length === 0) throw new RangeError('an append needs an event');
    const stored = this.#streams.get(stream) ?? [];
    const from = expected === 'no-stream' ? 0 : expected + 1;
    if (from === stored.length) {
      const end = this.#end;
      this.record(
        events.map(({ id, type, data, metadata }, n) => {
          return { id, type, data, metadata, stream, revision: from + n, position: end + BigInt(n) + 1n };
        }),
      );
    } else if (events.some(({ id }, n) => stored[from + n]?.id !== id)) {
      return { outcome: 'conflict' };
    }
    const revision = from + events.length - 1;
    return { outcome: 'appended', revision, position: this.#streams.get(stream)?.[revision]?.position ?? 0n };
  }

  async *readStream(stream: string, options: ReadStreamOptions = {}): AsyncGenerator<RecordedEvent> {
    this.#assertOpen();
    const { direction, from, limit } = options;
    const events = this.#streams.get(stream) ?? [];
    if (direction === 'backwards')
      yield* events
        .slice(0, (from ?? events.length) + 1)
        .reverse()
        .slice(0, limit);
    else yield* events.slice(from ?? 0).slice(0, limit);
  }

  async *readAll({ direction, from, limit }: ReadAllOptions = {}): AsyncGenerator<RecordedEvent> {
    this.#assertOpen();
    if (direction === 'backwards') {
      const events = this.#log.filter(({ position }) => position <= (from ?? this.#end));
      yield* events.reverse().slice(0, limit);
    } else yield* this.#log.slice(this.#indexAfter(from ?? 0n)).slice(0, limit);
  }

  async *subscribe(options: SubscribeOptions): AsyncGenerator<EventBatch> {
    const { after = 0n, batchSize = DEFAULT_BATCH_SIZE, signal } = options;
    let position = after;
    for (let first = true; !signal.aborted; first = false) {
      this.#assertOpen();
      const start = this.#indexAfter(position);
      const events = this.#log.slice(start, start + batchSize);
      position = events.at(-1)?.position ?? position;
      const caughtUp = start + events.length === this.#log.length;
      if (first || events.length > 0) yield { events, position, caughtUp };
      if (this.#end <= position) await this.#news(signal);
    }
  }

  async head(): Promise<bigint | undefined> {
    this.#assertOpen();
    return this.#log.at(-1)?.position;
  }

  async ping(): Promise<void> {
    this.#assertOpen();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
  }

  get #end(): bigint {
    return this.#log.at(-1)?.position ?? 0n;
  }

  #indexAfter(position: bigint): number {
    const index = this.#log.findIndex((event) => event.position > position);
    return index === -1 ? this.#log.length : index;
  }

  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) resolve();
      const wake = () => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      signal.addEventListener('abort', wake);
      this.#waiting.push(wake);
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #assertOpen(): void {
    if (this.#closed) throw new StoreUnavailable('The log in memory is closed.');
  }
}
