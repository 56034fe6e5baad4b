import { chmodSync, closeSync, fsyncSync, openSync, rmSync, statSync } from 'node:fs';
import { StoreUnavailable } from '#event-sourcing';
import { closeDatabase, makePrivateFile, openDatabase } from './open-database.js';
import { guarded } from './sqlite-errors.js';

/**
 * Writes a snapshot of a database, as it is at this moment, into a new file that its owner alone may read. Writers go on
 * meanwhile, also those of other processes; what they commit is not in it.
 * @param name what the database is called at the start of a sentence, such as `The event log`
 * @throws StoreUnavailable
 */
export function snapshotDatabase(file: string, snapshot: string, name: string): void {
  const database = openDatabase({ file, name });
  try {
    makePrivateFile(snapshot, name);
    guarded(name, () => database.prepare('VACUUM INTO ?').run(snapshot));
    syncFile(snapshot);
  } finally {
    closeDatabase(database, name);
  }
}

/**
 * Makes a database that this process has closed one file, complete on the disk and its owner's alone: what stands in
 * the write-ahead log is moved into it, and its helpers go away.
 * @throws StoreUnavailable when somebody else uses it
 */
export function sealDatabaseFile(file: string, name: string): void {
  // Not every store moves its write-ahead log into the file when it is closed.
  if (walSize(file) > 0) closeDatabase(openDatabase({ file, name }), name);
  if (walSize(file) > 0) {
    throw new StoreUnavailable(`${name} is in use by another process.`);
  }
  for (const helper of ['-wal', '-shm']) rmSync(file + helper, { force: true });
  chmodSync(file, 0o600);
  syncFile(file);
}

function walSize(file: string): number {
  return statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

function syncFile(file: string): void {
  const descriptor = openSync(file, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
