import { copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from '#event-sourcing';
import {
  closeDatabase,
  type Database,
  guarded,
  migrate,
  openDatabase,
  storeError,
  transaction,
  WriteAheadLog,
} from './index.js';

const NAME = 'The test store';
let folder: string;
let opened: Database[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sqlite-ä b-'));
  opened = [];
});

afterEach(() => {
  for (const database of opened) if (database.isOpen) database.close();
  rmSync(folder, { recursive: true });
});

function open(name = 'test.db', busyTimeout = 200): Database {
  const database = openDatabase({ file: join(folder, name), name: NAME, busyTimeout });
  opened.push(database);
  return database;
}

/** What a person would read. */
function complaintOf(work: () => unknown): string {
  const error = failureOf(() => guarded(NAME, work));
  if (error instanceof StoreUnavailable) return error.message;
  throw error;
}

function failureOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('openDatabase', () => {
  it('makes the folder, and opens in WAL mode with durable commits and foreign keys', () => {
    const database = open('deep/er/test.db');
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    expect(database.prepare('PRAGMA foreign_keys').get()).toEqual({ foreign_keys: 1 });
  });

  it('says what is wrong without naming a path', () => {
    writeFileSync(join(folder, 'text.db'), 'no database at all '.repeat(100));
    writeFileSync(join(folder, 'file'), '');
    for (const name of ['text.db', 'file/test.db', '.']) {
      const complaint = complaintOf(() => open(name));
      expect(complaint).toMatch(/^The test store (is not|cannot be) /);
      expect(complaint).not.toContain(folder);
    }
  });
});

describe('closeDatabase', () => {
  it('leaves everything in the file itself', () => {
    const database = open();
    database.exec('CREATE TABLE t (v); INSERT INTO t VALUES (1)');
    expect(statSync(join(folder, 'test.db-wal')).size).toBeGreaterThan(0);
    closeDatabase(database, NAME);
    expect(database.isOpen).toBe(false);
    copyFileSync(join(folder, 'test.db'), join(folder, 'copy.db'));
    expect(open('copy.db').prepare('SELECT v FROM t').all()).toEqual([{ v: 1 }]);
  });

  it('closes also while another connection keeps it from tidying up', () => {
    const [database, other] = [open(), open()];
    database.exec('CREATE TABLE t (v)');
    other.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (1)');
    closeDatabase(database, NAME);
    expect(database.isOpen).toBe(false);
    other.exec('COMMIT');
    expect(open().prepare('SELECT v FROM t').all()).toEqual([{ v: 1 }]);
  });
});

describe('storeError', () => {
  it('calls a lock that is held past the deadline unavailable', () => {
    const holder = open();
    const waiter = open('test.db', 20);
    holder.exec('BEGIN IMMEDIATE');
    expect(complaintOf(() => waiter.exec('BEGIN IMMEDIATE'))).toBe(
      'The test store is locked: another process held it for longer than the deadline.',
    );
  });

  it('calls a file that cannot grow unavailable', () => {
    const database = open();
    database.exec('CREATE TABLE t (v); PRAGMA max_page_count = 4');
    const insert = database.prepare('INSERT INTO t VALUES (?)');
    expect(complaintOf(() => insert.run('x'.repeat(100_000)))).toBe('The test store cannot grow: the disk is full.');
  });

  it('calls a file that may only be read unavailable', () => {
    const database = open();
    database.exec('CREATE TABLE t (v); PRAGMA query_only = 1');
    expect(complaintOf(() => database.exec('INSERT INTO t VALUES (1)'))).toBe(
      'The test store cannot be written: its file or its folder is read-only.',
    );
  });

  it('leaves errors alone that are the caller’s own', () => {
    const database = open();
    const inSql = failureOf(() => database.exec('SELEC 1'));
    expect(storeError(inSql, NAME)).toBe(inSql);
    const other = new TypeError('other');
    expect(storeError(other, NAME)).toBe(other);
  });
});

describe('transaction', () => {
  it('keeps all of the work or none', () => {
    const database = open();
    database.exec('CREATE TABLE t (v UNIQUE)');
    const count = () => database.prepare('SELECT count(*) AS n FROM t').get();
    expect(transaction(database, () => database.exec('INSERT INTO t VALUES (1), (2)') ?? 'done')).toBe('done');
    expect(() =>
      transaction(database, () => database.exec('INSERT INTO t VALUES (3); INSERT INTO t VALUES (1)')),
    ).toThrow('UNIQUE');
    expect(count()).toEqual({ n: 2 });
    expect(database.isTransaction).toBe(false);
  });
});

describe('migrate', () => {
  const steps = ['CREATE TABLE a (v)', 'CREATE TABLE b (v); INSERT INTO b VALUES (1)'];

  it('does the steps that are missing, once', () => {
    const database = open();
    migrate(database, NAME, steps.slice(0, 1));
    migrate(database, NAME, steps);
    migrate(database, NAME, steps);
    expect(database.prepare('SELECT count(*) AS n FROM b').get()).toEqual({ n: 1 });
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 2 });
  });

  it('refuses a file of a newer program and leaves it as it is', () => {
    const database = open();
    migrate(database, NAME, steps);
    expect(() => migrate(database, NAME, steps.slice(0, 1))).toThrow(
      new StoreUnavailable('The test store was written by a newer version of this program (schema 2, known up to 1).'),
    );
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 2 });
  });

  it('leaves the version as it was when a step fails', () => {
    const database = open();
    expect(() => migrate(database, NAME, [...steps, 'CREATE NONSENSE'])).toThrow('syntax error');
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 0 });
  });
});

describe('WriteAheadLog', () => {
  const MIB = 1_048_576;

  /** Writes 200 MiB, while one or the other reader always has an older state before it; @returns the log's greatest size */
  function greatestLog(afterEach: (log: WriteAheadLog) => void): number {
    const database = open();
    const readers = [open(), open()] as const;
    database.exec('CREATE TABLE pages (number INTEGER PRIMARY KEY, bytes BLOB)');
    const insert = database.prepare('INSERT OR REPLACE INTO pages VALUES (?, zeroblob(1000000))');
    const log = new WriteAheadLog(database, join(folder, 'test.db'));
    let greatest = 0;
    for (let round = 0; round < 200; round++) {
      const [reader, other] = round % 2 === 0 ? readers : [readers[1], readers[0]];
      reader.exec('BEGIN; SELECT count(*) FROM pages');
      if (other.isTransaction) other.exec('COMMIT');
      transaction(database, () => insert.run(round % 10));
      // For a moment, as between two questions.
      if (round % 2 === 1) reader.exec('COMMIT');
      afterEach(log);
      if (!reader.isTransaction) reader.exec('BEGIN; SELECT count(*) FROM pages');
      greatest = Math.max(greatest, statSync(join(folder, 'test.db-wal')).size);
    }
    return greatest / MIB;
  }

  it('keeps short what SQLite lets grow while there are always readers', () => {
    expect(greatestLog(() => undefined)).toBeGreaterThan(150);
    rmSync(join(folder, 'test.db'));
    expect(greatestLog((log) => log.bound())).toBeLessThan(150);
  });

  it('gives way to who reads, and leaves the busy timeout as it was', () => {
    const database = open();
    const reader = open();
    database.exec('CREATE TABLE pages (bytes BLOB)');
    const log = new WriteAheadLog(database, join(folder, 'test.db'));
    reader.exec('BEGIN; SELECT count(*) FROM pages');
    database.exec('INSERT INTO pages VALUES (zeroblob(70000000))');
    log.bound();
    expect(statSync(join(folder, 'test.db-wal')).size).toBeGreaterThan(64 * MIB);
    expect(database.prepare('PRAGMA busy_timeout').get()).toEqual({ timeout: 200 });
    reader.exec('COMMIT');
    log.bound();
    expect(statSync(join(folder, 'test.db-wal')).size).toBeGreaterThan(64 * MIB);
    database.exec('INSERT INTO pages VALUES (zeroblob(40000000))');
    log.bound();
    expect(statSync(join(folder, 'test.db-wal')).size).toBe(0);
  });
});
