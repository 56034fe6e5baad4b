import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type BackupFileNames,
  type BackupManifest,
  backupFile,
  copyKeys,
  copyLedger,
  type OnTransferProgress,
  TransferRefused,
  writeManifest,
} from '#transfer';
import { snapshotFile, syncFolder } from './embedded-files.js';
import { embeddedContent } from './ledger-content.js';
import { isInBackup, isInFolderOf, type LedgerPlace, openEmbedded, openExisting } from './ledger-place.js';
import { COPY_PATIENCE } from './move-ledger.js';
import { EVENTS_FILE, KEYS_FILE, READ_MODELS_FILE } from './open-stores.js';
import { makeWorkFolder, nameFolder } from './work-folder.js';

/** Name of the map from the server's positions to the backup's, in a backup of a log on a server. */
export const POSITIONS_FILE = 'positions.csv';

/** The files of a backup beside its manifest. */
export const BACKUP_FILES: BackupFileNames = {
  required: [EVENTS_FILE, KEYS_FILE],
  optional: [READ_MODELS_FILE, POSITIONS_FILE],
};

export interface BackupOptions {
  /** Back the embedded read models up as well, so that a restored ledger need not make them again. */
  readonly withReadModels: boolean;
  /** Version of this program. */
  readonly program: string;
  readonly signal: AbortSignal;
  readonly onProgress: OnTransferProgress;
}

/**
 * Backs a ledger up into a new folder while it is in use: its events and keys as an embedded ledger has them, each hash of
 * the copy recomputed, and a manifest. The folder has its name only once it is complete.
 *
 * The order makes the parts fit. Read models first: they may be behind the log, never ahead of it. Keys last: an event sealed
 * under a person's key is appended after the key is stored, so every key of a backed-up event is there; that of a later
 * event is of no use and does no harm.
 * @throws TransferRefused where the folder exists or the ledger's chain is broken; TransferInterrupted, StoreUnavailable
 */
export async function backUpLedger(place: LedgerPlace, to: string, options: BackupOptions): Promise<BackupManifest> {
  const folder = resolve(to);
  if (existsSync(folder)) {
    throw new TransferRefused(
      `${folder} is there already, and a backup is never written over anything: name a new folder.`,
    );
  }
  if (options.withReadModels && place.config.mongoDbUrl !== undefined) {
    throw new TransferRefused(
      'Only embedded read models can be backed up; those in MongoDB are made again from the events.',
    );
  }
  if (isInFolderOf(place, folder)) {
    throw new TransferRefused(`${folder} lies in the ledger's own folder: name one outside of it.`);
  }
  if (isInBackup(folder)) {
    throw new TransferRefused(`${folder} lies in the folder of another backup: name one outside of it.`);
  }
  const partial = await makeWorkFolder(`${folder}.partial`);
  try {
    const createdAt = new Date().toISOString();
    await copyParts(place, partial, options);
    const manifest = await describeBackup(partial, createdAt, options);
    await writeManifest(partial, manifest);
    await syncFolder(partial);
    await nameFolder(partial, folder);
    return manifest;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

async function copyParts(place: LedgerPlace, partial: string, options: BackupOptions): Promise<void> {
  const { dataDir, eventStoreDbUrl, mongoDbUrl } = place.config;
  // Opening tells what is not there; a snapshot would make it.
  const source = await openExisting(place);
  try {
    if (options.withReadModels && !existsSync(join(dataDir, READ_MODELS_FILE))) {
      throw new TransferRefused(`${dataDir} has no read models yet: back it up without them.`);
    }
    if (options.withReadModels) snapshotFile(dataDir, partial, READ_MODELS_FILE);
    if (eventStoreDbUrl === undefined) snapshotFile(dataDir, partial, EVENTS_FILE);
    if (eventStoreDbUrl === undefined && mongoDbUrl === undefined) snapshotFile(dataDir, partial, KEYS_FILE);
    else {
      const target = await openEmbedded(partial);
      try {
        if (eventStoreDbUrl === undefined) await copyKeys(source.keyedStore, target.keyedStore);
        else {
          const positions = join(partial, POSITIONS_FILE);
          await copyLedger({ source, target, positions, ...options, patience: COPY_PATIENCE });
        }
      } finally {
        await target.close();
      }
    }
  } finally {
    await source.close();
  }
}

async function describeBackup(
  partial: string,
  createdAt: string,
  { onProgress, program, signal }: BackupOptions,
): Promise<BackupManifest> {
  const { keys, ledger, log } = await embeddedContent(partial, signal, onProgress);
  const [fault] = log.faults;
  if (fault !== undefined) {
    throw new TransferRefused(
      `Revision ${fault.revision} of the stream "${fault.stream}" ${fault.complaint}: no backup is made of a broken ledger. ` +
        'keyledger verify shows all that is wrong.',
    );
  }
  const files = [];
  for (const name of (await readdir(partial)).sort()) files.push(await backupFile(partial, name));
  const { events, head, streams } = log;
  return { format: 1, program, createdAt, ledger, log: { events, streams, head: String(head) }, keys, files };
}
