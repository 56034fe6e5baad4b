import type { Database, Statement } from '#sqlite';
import { type AppendFields, CONFLICT, NO_STREAM } from './writer-protocol.js';

/** Where a stream's end is. Without events `revision` is NO_STREAM and there is no `id` yet. */
interface StreamEnd {
  id: number | undefined;
  revision: number;
}

/** So many streams' ends are remembered; some megabytes. */
const REMEMBERED_STREAMS = 50_000;
const FIELDS_PER_EVENT = 4;

/** The appends of one writer: what one does inside a transaction that the caller begins and ends. */
export class EventAppender {
  readonly #ends = new Map<string, StreamEnd>();
  readonly #types = new Map<string, number>();
  readonly #dataVersion: Statement;
  readonly #findStream: Statement;
  readonly #addStream: Statement;
  readonly #findType: Statement;
  readonly #addType: Statement;
  readonly #idsFrom: Statement;
  readonly #insert: Statement;
  #seenVersion = -1;

  /** @param database kept by the caller for as long as this is used */
  constructor(database: Database) {
    this.#dataVersion = database.prepare('PRAGMA data_version');
    this.#findStream = database.prepare(
      `SELECT id, coalesce((SELECT max(revision) FROM events WHERE stream = streams.id), ${NO_STREAM})
       FROM streams WHERE name = ?`,
    );
    this.#addStream = database.prepare('INSERT INTO streams (name) VALUES (?)');
    this.#findType = database.prepare('SELECT id FROM types WHERE name = ?');
    this.#addType = database.prepare('INSERT INTO types (name) VALUES (?)');
    this.#idsFrom = database.prepare(
      'SELECT id, position FROM events WHERE stream = ? AND revision > ? ORDER BY revision LIMIT ?',
    );
    this.#insert = database.prepare(
      'INSERT INTO events (stream, revision, type, id, data, metadata) VALUES (?, ?, ?, ?, ?, ?)',
    );
  }

  /** To be called inside each transaction before the first append: forgets what another connection may have changed. */
  begin(): void {
    const [version]: [number] = this.#dataVersion.get();
    if (version !== this.#seenVersion) this.forget();
    this.#seenVersion = version;
  }

  /** To be called when the transaction was undone. */
  forget(): void {
    this.#ends.clear();
    this.#types.clear();
  }

  /**
   * Does the append whose fields begin at `at`.
   * @param outcomes receives the last revision and the last position, or CONFLICT and 0
   * @returns where the next append's fields begin
   */
  append(fields: AppendFields, at: number, outcomes: number[]): number {
    const stream = fields[at] as string;
    const expected = fields[at + 1] as number;
    const count = fields[at + 2] as number;
    const first = at + 3;
    const end = this.#endOf(stream);
    if (end.revision === expected) this.#insertAll(stream, end, fields, first, count, outcomes);
    else this.#compare(end, expected, fields, first, count, outcomes);
    return EventAppender.endOfAppend(fields, at);
  }

  /** Where the fields of the append end that begin at `at`. */
  static endOfAppend(fields: AppendFields, at: number): number {
    return at + 3 + (fields[at + 2] as number) * FIELDS_PER_EVENT;
  }

  #insertAll(
    stream: string,
    end: StreamEnd,
    fields: AppendFields,
    first: number,
    count: number,
    outcomes: number[],
  ): void {
    end.id ??= Number(this.#addStream.run(stream).lastInsertRowid);
    let position = 0;
    for (let event = 0; event < count; event += 1) {
      const field = first + event * FIELDS_PER_EVENT;
      const type = this.#typeId(fields[field + 1] as string);
      position = Number(
        this.#insert.run(end.id, end.revision + 1, type, fields[field], fields[field + 2], fields[field + 3])
          .lastInsertRowid,
      );
      end.revision += 1;
    }
    outcomes.push(end.revision, position);
  }

  /** The same ids at the same place were stored by this very append, earlier; anything else conflicts. */
  #compare(
    end: StreamEnd,
    expected: number,
    fields: AppendFields,
    first: number,
    count: number,
    outcomes: number[],
  ): void {
    const stored: [id: string, position: number][] =
      end.id !== undefined && expected < end.revision ? this.#idsFrom.all(end.id, expected, count) : [];
    const same = stored.length === count && stored.every(([id], n) => id === fields[first + n * FIELDS_PER_EVENT]);
    const last = stored.at(-1);
    if (same && last !== undefined) outcomes.push(expected + count, last[1]);
    else outcomes.push(CONFLICT, 0);
  }

  #endOf(stream: string): StreamEnd {
    const known = this.#ends.get(stream);
    if (known !== undefined) return known;
    const row: [number, number] | undefined = this.#findStream.get(stream);
    const end = { id: row?.[0], revision: row?.[1] ?? NO_STREAM };
    if (this.#ends.size >= REMEMBERED_STREAMS) this.#ends.clear();
    this.#ends.set(stream, end);
    return end;
  }

  #typeId(name: string): number {
    const known = this.#types.get(name);
    if (known !== undefined) return known;
    const row: [number] | undefined = this.#findType.get(name);
    const id = row === undefined ? Number(this.#addType.run(name).lastInsertRowid) : row[0];
    this.#types.set(name, id);
    return id;
  }
}
