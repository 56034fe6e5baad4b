import { statSync } from 'node:fs';
import { StoreUnavailable } from '#event-sourcing';
import type { Database } from './open-database.js';
import { storeError } from './sqlite-errors.js';

const MIB = 1_048_576;
/** A log is emptied when it is longer after a commit. */
const LONG = 16 * MIB;
/** Where others were in the way, it is tried again when the log has grown by so much, and by a quarter. */
const GROWN = 8 * MIB;
/** How long those are waited for who read from the log or are moving it, in milliseconds. */
const PATIENCE = 100;
const PAUSE = 2;

/**
 * Keeps a database's write-ahead log short. SQLite begins it anew only when all of it was moved into the file and nobody
 * reads from it just then, and moves it after commits while others go on: where two write all the time, such as a
 * rebuild beside the projector, or where somebody always reads, that moment never comes. The log then grows without
 * end, and whatever is read with it.
 */
export class WriteAheadLog {
  readonly #database: Database;
  readonly #file: string;
  readonly #busyTimeout: number;
  readonly #sleeper = new Int32Array(new SharedArrayBuffer(4));
  #next = LONG;

  /** @param file the database's, whose busy timeout stays as it is now */
  constructor(database: Database, file: string) {
    this.#database = database;
    this.#file = `${file}-wal`;
    this.#busyTimeout = this.#firstColumn('PRAGMA busy_timeout');
  }

  /** To be called after commits: empties a log that has become long. */
  bound(): void {
    const bytes = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes < LONG) this.#next = LONG;
    if (bytes < this.#next) return;
    this.#next = this.#empty() ? LONG : bytes + Math.max(GROWN, bytes / 4);
  }

  /** Whether nobody was in the way. */
  #empty(): boolean {
    this.#database.exec(`PRAGMA busy_timeout = ${PATIENCE}`);
    try {
      const deadline = performance.now() + PATIENCE;
      // SQLite waits by itself for who reads or writes, but not for who moves the log just now.
      while (this.#firstColumn('PRAGMA wal_checkpoint(TRUNCATE)') !== 0) {
        if (performance.now() > deadline) return false;
        Atomics.wait(this.#sleeper, 0, 0, PAUSE);
      }
      return true;
    } catch (error) {
      // The commit stands in the log as it was. What the disk has against it, the next commit meets as well, and tells.
      if (storeError(error, 'The log') instanceof StoreUnavailable) return false;
      throw error;
    } finally {
      this.#database.exec(`PRAGMA busy_timeout = ${this.#busyTimeout}`);
    }
  }

  #firstColumn(pragma: string): number {
    const row: object = this.#database.prepare(pragma).get();
    return Number(Object.values(row)[0]);
  }
}
