import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';

export interface ProposedEvent {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

export interface StoredEvent extends ProposedEvent {
  readonly stream: string;
  readonly revision: number;
  /** Commit and prepare position. */
  readonly position: bigint;
  /** Where the next record begins: of the next event, or of a record that is none. */
  readonly postPosition: bigint;
  /** Milliseconds since 1970. */
  readonly created: number;
}

export type Expected = number | 'any' | 'no-stream' | 'stream-exists';

export type AppendOutcome =
  | { readonly kind: 'stored'; readonly last: StoredEvent }
  | { readonly kind: 'wrong-expected-version'; readonly current: number | undefined };

export interface NodeLogOptions {
  /** Keeps the log, line by line; without it, the log is in memory only. */
  readonly file?: string | undefined;
  /** After so many appends somebody else writes something, too; default 3. */
  readonly othersEvery?: number;
  /** How many of the newest ids an append with `any` is compared with; default 1,000. */
  readonly rememberedIds?: number;
}

/** How a stored event stands in the file. */
type Line = Omit<StoredEvent, 'position' | 'postPosition' | 'data' | 'metadata'> &
  Record<'position' | 'postPosition' | 'data' | 'metadata', string>;

const OTHERS_AT_START = 40;
const RECORD_OVERHEAD = 120;
/** Length of a record that is no event, an epoch for example; one follows after every 17th event. */
const EPOCH_LENGTH = 64n;
const EPOCH_EVERY = 17;

/** The log of the node, with the rules by which a real one takes or refuses an append; other people's data in between. */
export class NodeLog {
  readonly events: StoredEvent[] = [];
  readonly #streams = new Map<string, StoredEvent[]>();
  readonly #boundaries = new Set<bigint>([0n]);
  readonly #remembered = new Map<string, StoredEvent>();
  readonly #options: NodeLogOptions;
  readonly #listeners = new Set<() => void>();
  #end = 0n;
  #appends = 0;
  #others = 0;

  constructor(options: NodeLogOptions = {}) {
    this.#options = options;
    if (options.file !== undefined && existsSync(options.file)) this.#load(options.file);
    if (this.events.length === 0) for (let n = 0; n < OTHERS_AT_START; n++) this.#writeByOthers();
  }

  stream(name: string): readonly StoredEvent[] | undefined {
    return this.#streams.get(name);
  }

  /** Tells of every append; returns how to stop that. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Index of the first event at or after a position. @throws RangeError where no record begins */
  indexOf(position: bigint): number {
    if (position <= this.#end && !this.#boundaries.has(position))
      throw new RangeError(`no record begins at ${position}`);
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.events[middle]!.position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Index up to which a backwards read goes down from a position. @throws RangeError also beyond the end */
  indexBefore(position: bigint): number {
    if (position > this.#end) throw new RangeError(`position ${position} is greater than the writer's ${this.#end}`);
    return this.indexOf(position);
  }

  append(stream: string, expected: Expected, proposed: readonly ProposedEvent[]): AppendOutcome {
    const stored = this.#streams.get(stream) ?? [];
    const outcome = this.#decide(stream, stored, expected, proposed);
    if (outcome !== 'new') return outcome;
    const events = this.#write(stream, proposed);
    this.#appends += 1;
    if (this.#appends % (this.#options.othersEvery ?? 3) === 0) this.#writeByOthers();
    for (const listener of this.#listeners) listener();
    return { kind: 'stored', last: events.at(-1)! };
  }

  #decide(
    stream: string,
    stored: readonly StoredEvent[],
    expected: Expected,
    proposed: readonly ProposedEvent[],
  ): AppendOutcome | 'new' {
    const current = stored.length - 1;
    const wrong: AppendOutcome = { kind: 'wrong-expected-version', current: current < 0 ? undefined : current };
    if (expected === 'any' || expected === 'stream-exists') {
      if (expected === 'stream-exists' && current < 0) return wrong;
      const known = proposed.map(({ id }) => this.#remembered.get(id)).filter((event) => event?.stream === stream);
      if (known.length === 0) return 'new';
      return known.length === proposed.length ? { kind: 'stored', last: known.at(-1)! } : wrong;
    }
    const base = expected === 'no-stream' ? -1 : expected;
    // At the current revision ids are not looked at, so ids that are stored already are stored twice.
    if (base === current) return 'new';
    const there = stored.slice(base + 1, base + 1 + proposed.length);
    const repeated = there.length === proposed.length && there.every(({ id }, n) => id === proposed[n]!.id);
    return base < current && repeated ? { kind: 'stored', last: there.at(-1)! } : wrong;
  }

  #write(stream: string, proposed: readonly ProposedEvent[]): StoredEvent[] {
    const next = this.#streams.get(stream)?.length ?? 0;
    const created = Date.now();
    const events = proposed.map((event, n): StoredEvent => {
      const position = this.#end;
      const postPosition =
        position + BigInt(RECORD_OVERHEAD + stream.length + event.data.length + event.metadata.length);
      const stored = { ...event, stream, revision: next + n, position, postPosition, created };
      this.#keep(stored);
      return stored;
    });
    if (this.#options.file !== undefined) {
      appendFileSync(this.#options.file, `${JSON.stringify(events.map(lineOf))}\n`);
    }
    return events;
  }

  #keep(event: StoredEvent): void {
    const stream = this.#streams.get(event.stream) ?? [];
    stream.push(event);
    this.#streams.set(event.stream, stream);
    this.events.push(event);
    this.#boundaries.add(event.position).add(event.postPosition);
    this.#end = event.postPosition;
    if (this.events.length % EPOCH_EVERY === 0) {
      this.#end += EPOCH_LENGTH;
      this.#boundaries.add(this.#end);
    }
    this.#remembered.set(event.id, event);
    if (this.#remembered.size > (this.#options.rememberedIds ?? 1_000)) {
      this.#remembered.delete(this.#remembered.keys().next().value!);
    }
  }

  /** Other applications and the server itself: system streams, bytes that are no JSON, a name much like the ledger's. */
  #writeByOthers(): void {
    const n = this.#others++;
    const others = [
      ['$stats-0.0.0.0:2113', '$statsCollected', 'application/json', '{"proc-cpu":1}'],
      ['shop-basket-1', 'thing-happened', 'application/octet-stream', '\u0001\u0002 no JSON'],
      ['$$shop-basket-1', '$metadata', 'application/json', '{}'],
      ['other-keyledger-account-1', 'order-placed.v1', 'application/json', 'not even JSON'],
    ] as const;
    const [stream, type, contentType, data] = others[n % others.length]!;
    const id = `00000000-0000-4000-8000-${String(this.events.length).padStart(12, '0')}`;
    this.#write(stream, [{ id, type, contentType, data: Buffer.from(data), metadata: Buffer.alloc(0) }]);
  }

  #load(file: string): void {
    const stored = readFileSync(file);
    // A last line that was cut off when the process was killed was never answered.
    const whole = stored.subarray(0, stored.lastIndexOf('\n') + 1);
    truncateSync(file, whole.length);
    for (const text of whole.toString('utf8').split('\n').slice(0, -1)) {
      for (const line of JSON.parse(text) as Line[]) this.#keep(eventOf(line));
    }
  }
}

function lineOf(event: StoredEvent): Line {
  return {
    ...event,
    position: String(event.position),
    postPosition: String(event.postPosition),
    data: Buffer.from(event.data).toString('base64'),
    metadata: Buffer.from(event.metadata).toString('base64'),
  };
}

function eventOf(line: Line): StoredEvent {
  return {
    ...line,
    position: BigInt(line.position),
    postPosition: BigInt(line.postPosition),
    data: Buffer.from(line.data, 'base64'),
    metadata: Buffer.from(line.metadata, 'base64'),
  };
}
