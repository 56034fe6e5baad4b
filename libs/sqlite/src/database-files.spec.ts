import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sealDatabaseFile, snapshotDatabase } from './database-files.js';
import { type Database, openDatabase } from './open-database.js';

let folder: string;
let database: Database;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'database files ä '));
  database = openDatabase({ file: join(folder, 'a.db'), name: 'The log', returnArrays: true });
  database.exec('CREATE TABLE t (n INTEGER PRIMARY KEY); PRAGMA user_version = 3; INSERT INTO t VALUES (7), (9)');
});

afterEach(() => {
  if (database.isOpen) database.close();
  rmSync(folder, { recursive: true });
});

const mode = (name: string) => statSync(join(folder, name)).mode & 0o777;

describe('The files of a database', () => {
  it('are their owner’s alone, in a folder that others may read as well', () => {
    expect([mode('a.db'), mode('a.db-wal'), mode('a.db-shm')]).toEqual([0o600, 0o600, 0o600]);
  });

  it('are snapshot as they are at the moment, by a writer’s side', () => {
    database.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (11)');
    snapshotDatabase(join(folder, 'a.db'), join(folder, 'b.db'), 'The log');
    database.exec('COMMIT');
    const snapshot = openDatabase({ file: join(folder, 'b.db'), name: 'The log', returnArrays: true });
    expect(snapshot.prepare('SELECT n FROM t').all()).toEqual([[7], [9]]);
    expect(snapshot.prepare('PRAGMA user_version').get()).toEqual([3]);
    snapshot.close();
    for (const name of ['a.db', 'a.db-wal', 'a.db-shm', 'b.db']) expect([name, mode(name)]).toEqual([name, 0o600]);
  });

  it('become one when it is sealed, with all that was committed', () => {
    const file = join(folder, 'a.db');
    database.close();
    sealDatabaseFile(file, 'The log');
    expect([existsSync(`${file}-wal`), existsSync(`${file}-shm`), mode('a.db')]).toEqual([false, false, 0o600]);
    database = openDatabase({ file, name: 'The log', returnArrays: true });
    expect(database.prepare('SELECT n FROM t').all()).toEqual([[7], [9]]);
  });

  it('are not sealed while somebody reads', () => {
    database.exec('BEGIN; SELECT n FROM t');
    const other = openDatabase({ file: join(folder, 'a.db'), name: 'The log' });
    other.exec('INSERT INTO t VALUES (13)');
    other.close();
    expect(() => sealDatabaseFile(join(folder, 'a.db'), 'The log')).toThrow('The log is in use by another process.');
    database.exec('ROLLBACK');
  });
});
