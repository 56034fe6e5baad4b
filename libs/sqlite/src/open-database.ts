import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { StoreUnavailable } from '#event-sourcing';
import { guarded, RESULT_CODE, resultCode } from './sqlite-errors.js';

export type { DatabaseSyncInstance as Database, StatementSyncInstance as Statement } from '@photostructure/sqlite';

type Database = InstanceType<typeof DatabaseSync>;

export interface OpenDatabaseOptions {
  /** Path of the file; it and its folder are made when missing, for their owner alone. */
  readonly file: string;
  /** What the database is called at the start of a sentence, such as `The event log`. */
  readonly name: string;
  /** How long a statement waits for a lock, in milliseconds; default 5,000. */
  readonly busyTimeout?: number;
  /** Rows come as arrays, not as objects. */
  readonly returnArrays?: boolean;
}

const DEFAULT_BUSY_TIMEOUT = 5_000;
const LOCK_PAUSE = 5;

/**
 * Opens a database in WAL mode whose commits are on the disk when they return (`synchronous=FULL`), with foreign keys
 * enforced.
 *
 * Keep what this returns in a field that lives as long as the statements made from it: they do not keep it alive, and
 * the driver closes a database that is collected.
 * @throws StoreUnavailable
 */
export function openDatabase(options: OpenDatabaseOptions): Database {
  const { file, name, busyTimeout = DEFAULT_BUSY_TIMEOUT, returnArrays = false } = options;
  makeFolder(dirname(file), name);
  makePrivateFile(file, name);
  return guarded(name, () => {
    const database = new DatabaseSync(file, {
      timeout: busyTimeout,
      returnArrays,
      enableForeignKeyConstraints: true,
      enableDoubleQuotedStringLiterals: false,
    });
    try {
      enterWalMode(database, busyTimeout);
      database.exec('PRAGMA synchronous = FULL');
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/**
 * Closes a database. Before that it moves what stands in the write-ahead log into the file, as far as other connections
 * let it, so that after the last one the file alone is complete: the driver leaves the connection itself to the garbage
 * collector while statements of it are about, and so to the end of the process.
 * @throws StoreUnavailable when that failed; the database is closed nevertheless, and nothing is lost
 */
export function closeDatabase(database: Database, name: string): void {
  try {
    guarded(name, () => database.exec('PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)'));
  } finally {
    database.close();
  }
}

/**
 * Makes an empty database file that its owner alone may read, unless there is one. SQLite takes an empty file as one that is
 * not there, and gives its helpers the same rights.
 * @throws StoreUnavailable
 */
export function makePrivateFile(file: string, name: string): void {
  if (existsSync(file)) return;
  try {
    closeSync(openSync(file, 'a', 0o600));
  } catch (cause) {
    throw new StoreUnavailable(`${name} cannot be opened: its file cannot be made.`, { cause });
  }
}

function makeFolder(folder: string, name: string): void {
  try {
    // What is in it is the owner's: keys of people's data, and hashes of API keys.
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new StoreUnavailable(`${name} cannot be opened: its folder cannot be made.`, { cause });
  }
}

/** SQLite does not wait by itself for the lock under which a new file changes to WAL, which two processes may want at once. */
function enterWalMode(database: Database, busyTimeout: number): void {
  const deadline = performance.now() + busyTimeout;
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (resultCode(error) !== RESULT_CODE.BUSY || performance.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_PAUSE);
    }
  }
}
