import type { EventStore, RecordedEvent } from '#event-sourcing';
import { recomputedHash } from './chain-check.js';
import { TransferRefused } from './transfer-refused.js';

/** Where one event stands in either log. */
export interface PositionPair {
  readonly source: bigint;
  readonly target: bigint;
}

export interface CompareLogsOptions {
  readonly source: Pick<EventStore, 'readAll' | 'readStream'>;
  readonly target: Pick<EventStore, 'readAll' | 'readStream'>;
  /** What was compared before; left out: from the start. */
  readonly after: PositionPair | undefined;
  /** Events of the source after this position are no matter here. */
  readonly until: bigint;
  /** Told of every event of the source before it is looked for at the target. */
  onEvent(event: RecordedEvent): Promise<void>;
  /** Told of every event that is at the target too, in the order of the source. */
  onPair(source: RecordedEvent, target: RecordedEvent): Promise<void>;
}

export interface LogComparison {
  /** The last event of the source up to which all are at the target. */
  readonly last: PositionPair | undefined;
  /** The first event that is not at the target; `undefined` where all are. */
  readonly missing: RecordedEvent | undefined;
}

/**
 * So many events of the target may stand before one that the source has earlier. A copy appends in the source's order, but
 * where the store took a later append of one group and lost an earlier one, two of them change places.
 */
const REORDERED = 4_096;

/**
 * Walks both logs side by side and holds each event of the source against the target's: same stream, revision, id and
 * hash, the hash recomputed from what the target gives back.
 * @throws TransferRefused where the target holds anything that the source does not
 */
export async function compareLogs(options: CompareLogsOptions): Promise<LogComparison> {
  const { source, after, until } = options;
  const target = new TargetWalk(options.target, after?.target);
  let last = after;
  let missing: RecordedEvent | undefined;
  try {
    for await (const event of source.readAll(after === undefined ? {} : { from: after.source })) {
      if (event.position > until) break;
      await options.onEvent(event);
      const found = await target.find(event);
      if (found === undefined) {
        missing = event;
        break;
      }
      assertSame(event, found);
      await options.onPair(event, found);
      last = { source: event.position, target: found.position };
    }
    for await (const extra of target.rest()) await assertKnown(source, extra);
  } finally {
    await target.end();
  }
  return { last, missing };
}

/** The target's events, found by stream and revision about where they are expected. */
class TargetWalk {
  readonly #events: AsyncIterator<RecordedEvent>;
  /** Read, and not asked for yet. */
  readonly #ahead = new Map<string, RecordedEvent>();
  #done = false;

  constructor(
    private readonly store: Pick<EventStore, 'readAll' | 'readStream'>,
    after: bigint | undefined,
  ) {
    this.#events = store.readAll(after === undefined ? {} : { from: after })[Symbol.asyncIterator]();
  }

  async find(wanted: RecordedEvent): Promise<RecordedEvent | undefined> {
    const place = placeOf(wanted);
    const known = this.#ahead.get(place);
    if (known !== undefined) {
      this.#ahead.delete(place);
      return known;
    }
    while (this.#ahead.size < REORDERED) {
      const event = await this.#next();
      if (event === undefined) break;
      if (event.revision === wanted.revision && event.stream === wanted.stream) return event;
      this.#ahead.set(placeOf(event), event);
    }
    return eventAt(this.store, wanted.stream, wanted.revision);
  }

  /** Those that nobody asked for. */
  async *rest(): AsyncGenerator<RecordedEvent> {
    yield* this.#ahead.values();
    for (let event = await this.#next(); event !== undefined; event = await this.#next()) yield event;
  }

  async end(): Promise<void> {
    await this.#events.return?.();
  }

  async #next(): Promise<RecordedEvent | undefined> {
    if (this.#done) return undefined;
    const { done, value } = await this.#events.next();
    if (done !== true) return value;
    this.#done = true;
    return undefined;
  }
}

/** One event of a store; `undefined` where there is none. */
export async function eventAt(
  store: Pick<EventStore, 'readStream'>,
  stream: string,
  revision: number,
): Promise<RecordedEvent | undefined> {
  for await (const event of store.readStream(stream, { from: revision, limit: 1 })) {
    return event.revision === revision ? event : undefined;
  }
  return undefined;
}

function placeOf({ revision, stream }: RecordedEvent): string {
  return `${revision} ${stream}`;
}

/** @throws TransferRefused unless the target's event is the source's */
export function assertSame(source: RecordedEvent, target: RecordedEvent): void {
  const place = `revision ${source.revision} of the stream "${source.stream}"`;
  if (source.id !== target.id) {
    throw new TransferRefused(
      `The target holds another event than the source at ${place}: it is another ledger, or something else writes to it.`,
    );
  }
  if (source.metadata.hash !== target.metadata.hash || recomputedHash(target) !== target.metadata.hash) {
    throw new TransferRefused(`The target's event at ${place} does not have the content of the source's.`);
  }
}

async function assertKnown(source: Pick<EventStore, 'readStream'>, extra: RecordedEvent): Promise<void> {
  const event = await eventAt(source, extra.stream, extra.revision);
  if (event !== undefined) return assertSame(event, extra);
  throw new TransferRefused(
    `The target holds revision ${extra.revision} of the stream "${extra.stream}", which the source does not have: ` +
      'something else has written to it, such as an API that runs on it already.',
  );
}
