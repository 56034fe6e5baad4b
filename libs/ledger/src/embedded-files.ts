import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { sealDatabaseFile, snapshotDatabase } from '#sqlite';
import { EVENTS_FILE, KEYS_FILE, READ_MODELS_FILE } from './open-stores.js';

/** The files of an embedded ledger, and what the stores in them are called at the start of a sentence. */
const NAMES: Readonly<Record<string, string>> = {
  [EVENTS_FILE]: 'The event log',
  [KEYS_FILE]: 'The key store',
  [READ_MODELS_FILE]: 'The read store',
};

/** Snapshots one of the files into another folder, while it is in use. @throws StoreUnavailable */
export function snapshotFile(dataDir: string, folder: string, file: string): void {
  snapshotDatabase(join(dataDir, file), join(folder, file), NAMES[file] ?? file);
}

/** Makes each of the files that is there one file, complete on the disk. No store may have them open. */
export function sealFiles(folder: string): void {
  for (const [file, name] of Object.entries(NAMES)) {
    if (existsSync(join(folder, file))) sealDatabaseFile(join(folder, file), name);
  }
}

/** Puts a folder's list of files on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows has no such thing, and refuses to open a folder.
  if (process.platform === 'win32') return;
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
