import { existsSync, type Stats } from 'node:fs';
import { chmod, copyFile, lstat, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type BackupFile,
  type BackupManifest,
  backupFile,
  type CopyAnswer,
  copyLedger,
  type OnTransferProgress,
  readManifest,
  TransferRefused,
} from '#transfer';
import { BACKUP_FILES, POSITIONS_FILE } from './back-up-ledger.js';
import { syncFolder } from './embedded-files.js';
import { embeddedContent } from './ledger-content.js';
import { isInBackup, keepsStores, type LedgerPlace, openEmbedded, openTarget } from './ledger-place.js';
import { COPY_PATIENCE } from './move-ledger.js';
import { EVENTS_FILE } from './open-stores.js';
import { fillFolder, makeWorkFolder, nameFolder } from './work-folder.js';

export interface RestoreOptions {
  /** Path of the map from the backup's positions to the target's, where the target's log is on a server. */
  readonly positions: string;
  readonly signal: AbortSignal;
  readonly onProgress: OnTransferProgress;
}

export interface RestoreAnswer {
  readonly manifest: BackupManifest;
  /** What was copied to servers; `undefined` where the target is a folder. */
  readonly copy?: CopyAnswer;
}

/**
 * Makes a ledger of a backup. Everything is verified first, in a folder of its own: the manifest, the size and hash of every
 * file, the whole chain of events, and that events and keys are as many as the manifest tells. The backup stays as it is.
 *
 * A target folder appears under its name complete, or not at all; one that is there already, and empty, gets its log last,
 * without which it is no ledger. On servers, where nothing can be renamed, the verified events are copied as `copyLedger`
 * does; the target must be empty or hold the beginning of the same ledger, so that an interrupted restore is finished by
 * running it again.
 * @throws TransferRefused, TransferInterrupted, StoreUnavailable, AppendOutcomeUnknown
 */
export async function restoreBackup(from: string, to: LedgerPlace, options: RestoreOptions): Promise<RestoreAnswer> {
  const backup = resolve(from);
  const manifest = await readManifest(backup, BACKUP_FILES);
  const { dataDir, eventStoreDbUrl, mongoDbUrl } = to.config;
  if (keepsStores(to) && isInBackup(dataDir)) {
    throw new TransferRefused(`${dataDir} lies in the folder of a backup: name one outside of it.`);
  }
  if (eventStoreDbUrl === undefined && mongoDbUrl === undefined) {
    await restoreFolder(backup, manifest, dataDir, options);
    return { manifest };
  }
  const work = await mkdtemp(join(tmpdir(), 'keyledger-restore-'));
  try {
    await verifiedFiles(backup, manifest, work, options);
    return { manifest, copy: await copyToServers(work, to, options) };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function restoreFolder(
  backup: string,
  manifest: BackupManifest,
  folder: string,
  options: RestoreOptions,
): Promise<void> {
  const isThere = await isEmptyFolder(folder);
  const work = await makeWorkFolder(isThere ? join(folder, 'restoring') : `${folder}.restoring`);
  try {
    await verifiedFiles(backup, manifest, work, options);
    await syncFolder(work);
    await (isThere ? fillFolder(work, folder, EVENTS_FILE) : nameFolder(work, folder));
  } catch (error) {
    await rm(work, { recursive: true, force: true });
    throw error;
  }
}

/** Whether an empty folder is there, or nothing. @throws TransferRefused for anything else */
async function isEmptyFolder(folder: string): Promise<boolean> {
  if (!existsSync(folder)) {
    if ((await entryAt(folder)) !== undefined) throw new TransferRefused(`${folder} is a link to what is not there.`);
    return false;
  }
  if (!(await stat(folder)).isDirectory()) throw new TransferRefused(`${folder} is a file, not a folder.`);
  if ((await readdir(folder)).length > 0) {
    throw new TransferRefused(`${folder} is not empty: a backup is restored into a new folder.`);
  }
  return true;
}

/** What has a name: a link is one. @throws the system's error where that cannot be seen */
async function entryAt(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function copyToServers(work: string, to: LedgerPlace, options: RestoreOptions): Promise<CopyAnswer> {
  const source = await openEmbedded(work);
  try {
    const target = await openTarget(to);
    try {
      return await copyLedger({ source, target, ...options, patience: COPY_PATIENCE });
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Copies the backup's files and holds the copies against the manifest. @throws TransferRefused where they differ */
async function verifiedFiles(
  backup: string,
  manifest: BackupManifest,
  work: string,
  { onProgress, signal }: RestoreOptions,
): Promise<void> {
  await assertFiles(backup, manifest);
  for (const file of manifest.files) {
    await copyFile(join(backup, file.name), join(work, file.name));
    await chmod(join(work, file.name), 0o600);
    const { bytes, sha256 } = await backupFile(work, file.name);
    if (bytes !== file.bytes || sha256 !== file.sha256) throw isAnother(file);
  }
  const { keys, ledger, log } = await embeddedContent(work, signal, onProgress);
  const [fault] = log.faults;
  if (fault !== undefined) {
    throw new TransferRefused(
      `The backup's chain is broken: revision ${fault.revision} of the stream "${fault.stream}" ${fault.complaint}.`,
    );
  }
  const held = { ledger, log: { events: log.events, streams: log.streams, head: String(log.head) }, keys };
  const told = { ledger: manifest.ledger, log: manifest.log, keys: manifest.keys };
  if (JSON.stringify(held) !== JSON.stringify(told)) {
    throw new TransferRefused('The backup is damaged: it does not hold as many events and keys as the manifest tells.');
  }
  await rm(join(work, POSITIONS_FILE), { force: true });
}

/** Before any is copied. @throws TransferRefused where one is missing, or is no file of that size */
async function assertFiles(backup: string, { files }: BackupManifest): Promise<void> {
  for (const file of files) {
    const there = await entryAt(join(backup, file.name));
    if (there === undefined) throw new TransferRefused(`The backup is not complete: ${file.name} is missing.`);
    if (!there.isFile() || there.size !== file.bytes) throw isAnother(file);
  }
}

function isAnother({ name }: BackupFile): TransferRefused {
  return new TransferRefused(`The backup is damaged: ${name} is not what the manifest tells.`);
}
