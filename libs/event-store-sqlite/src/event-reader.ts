import {
  type EventMetadata,
  NoEvent,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  storedObject,
  UnreadableEvent,
} from '#event-sourcing';
import { closeDatabase, type Database, damagedText, guarded, type Statement } from '#sqlite';
import { EVENT_LOG, openEventLog } from './event-log.js';

type Row = [
  position: number,
  stream: number,
  revision: number,
  type: number,
  id: string,
  data: string,
  metadata: string,
];
/** Events that were read at once. */
export interface EventPage {
  readonly events: readonly RecordedEvent[];
  /** What stands behind them and cannot be read; what is behind that was not looked at. */
  readonly unreadable?: UnreadableEvent;
}

type Direction = 'forwards' | 'backwards';

const COLUMNS = 'position, stream, revision, type, id, data, metadata';
/** So many streams' names are remembered; some megabytes. */
const REMEMBERED_NAMES = 50_000;
const FIRST_POSITION = 1n;
/** The greatest integer that SQLite has. */
const LAST_POSITION = 2n ** 63n - 1n;

/** The reading connection: each call is one short read, so no snapshot is held while a consumer works. */
export class EventReader {
  readonly #database: Database;
  readonly #streams = new Map<number, string>();
  readonly #types = new Map<number, string>();
  readonly #findStream: Statement;
  readonly #nameOfStream: Statement;
  readonly #nameOfType: Statement;
  readonly #head: Statement;
  readonly #ofStream: Readonly<Record<Direction, Statement>>;
  readonly #ofAll: Readonly<Record<Direction, Statement>>;

  /** @throws StoreUnavailable */
  constructor(file: string, busyTimeout: number) {
    this.#database = openEventLog(file, busyTimeout);
    const prepare = (sql: string): Statement => this.#database.prepare(sql);
    this.#findStream = prepare('SELECT id FROM streams WHERE name = ?');
    this.#nameOfStream = prepare('SELECT name FROM streams WHERE id = ?');
    this.#nameOfType = prepare('SELECT name FROM types WHERE id = ?');
    this.#head = prepare('SELECT max(position) FROM events');
    const ofStream = `SELECT ${COLUMNS} FROM events WHERE stream = ? AND revision`;
    this.#ofStream = {
      forwards: prepare(`${ofStream} >= ? ORDER BY revision LIMIT ?`),
      backwards: prepare(`${ofStream} <= ? ORDER BY revision DESC LIMIT ?`),
    };
    const ofAll = `SELECT ${COLUMNS} FROM events WHERE position`;
    this.#ofAll = {
      forwards: prepare(`${ofAll} > ? ORDER BY position LIMIT ?`),
      backwards: prepare(`${ofAll} <= ? ORDER BY position DESC LIMIT ?`),
    };
  }

  /** Position of the newest event, 0 where there is none. */
  head(): bigint {
    const [position]: [number | null] = guarded(EVENT_LOG, () => this.#head.get());
    return BigInt(position ?? 0);
  }

  /** At most `limit` events of the stream. */
  pageOfStream(stream: string, { direction = 'forwards', from }: ReadStreamOptions, limit: number): EventPage {
    return guarded(EVENT_LOG, () => {
      const row: [number] | undefined = this.#findStream.get(stream);
      if (row === undefined) return { events: [] };
      const start = from ?? (direction === 'forwards' ? 0 : Number.MAX_SAFE_INTEGER);
      return this.#page(this.#ofStream[direction].all(row[0], start, limit));
    });
  }

  /** At most `limit` events of the log. */
  pageOfAll({ direction = 'forwards', from }: ReadAllOptions, limit: number): EventPage {
    const start = from ?? (direction === 'forwards' ? FIRST_POSITION - 1n : LAST_POSITION);
    return guarded(EVENT_LOG, () =>
      this.#page(this.#ofAll[direction].all(start > LAST_POSITION ? LAST_POSITION : start, limit)),
    );
  }

  /** @throws StoreUnavailable when the file could not be tidied up; it is closed nevertheless */
  close(): void {
    closeDatabase(this.#database, EVENT_LOG);
  }

  #page(rows: Row[]): EventPage {
    const events: RecordedEvent[] = [];
    try {
      for (const row of rows) events.push(this.#recorded(row));
      return { events };
    } catch (error) {
      const row = rows[events.length];
      if (!(error instanceof NoEvent) || row === undefined) throw error;
      return { events, unreadable: this.#unreadable(row, error) };
    }
  }

  /** SQLite has no check sums: a page that was overwritten may look like one with other texts in it. @throws NoEvent */
  #recorded([position, stream, revision, type, id, data, metadata]: Row): RecordedEvent {
    return {
      id,
      type: this.#typeName(type),
      data: storedObject(data, 'data'),
      metadata: storedObject<EventMetadata>(metadata, 'metadata'),
      stream: this.#streamName(stream),
      revision,
      position: BigInt(position),
    };
  }

  #unreadable([position, stream, revision]: Row, reason: NoEvent): UnreadableEvent {
    const named: [string] | undefined = this.#nameOfStream.get(stream);
    const place = { stream: named?.[0] ?? `#${stream}`, revision, position: BigInt(position) };
    return new UnreadableEvent(damagedText(EVENT_LOG), place, reason.message, { cause: reason });
  }

  #streamName(id: number): string {
    const known = this.#streams.get(id);
    if (known !== undefined) return known;
    const name = nameIn(this.#nameOfStream.get(id), 'stream');
    if (this.#streams.size >= REMEMBERED_NAMES) this.#streams.clear();
    this.#streams.set(id, name);
    return name;
  }

  #typeName(id: number): string {
    const known = this.#types.get(id);
    if (known !== undefined) return known;
    const name = nameIn(this.#nameOfType.get(id), 'type');
    this.#types.set(id, name);
    return name;
  }
}

function nameIn(row: [string] | undefined, what: string): string {
  if (row === undefined) throw new NoEvent(`nothing names its ${what}`);
  return row[0];
}
