import { type Database, migrate, openDatabase } from '#sqlite';

/** What the log is called in sentences for people. */
export const EVENT_LOG = 'The event log';

/**
 * Names of streams and types stand in tables of their own, which keeps the rows of events narrow. The rowid is the
 * position: SQLite gives out the greatest plus one inside the commit, commits are serial, and nothing is ever deleted,
 * so the order of positions is the order of commits and none is used twice.
 */
const MIGRATIONS = [
  `CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
   CREATE TABLE types (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
   CREATE TABLE events (
     position INTEGER PRIMARY KEY,
     stream INTEGER NOT NULL,
     revision INTEGER NOT NULL,
     type INTEGER NOT NULL,
     id TEXT NOT NULL,
     data TEXT NOT NULL,
     metadata TEXT NOT NULL,
     UNIQUE (stream, revision)
   ) STRICT;`,
];

/**
 * Opens the log and brings its schema up to date; rows come as arrays.
 * @throws StoreUnavailable
 */
export function openEventLog(file: string, busyTimeout: number): Database {
  const database = openDatabase({ file, name: EVENT_LOG, busyTimeout, returnArrays: true });
  try {
    migrate(database, EVENT_LOG, MIGRATIONS);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
