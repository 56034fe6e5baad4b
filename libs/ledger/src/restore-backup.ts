import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type BackupManifest,
  backupFile,
  type CopyAnswer,
  copyLedger,
  type OnTransferProgress,
  readManifest,
  TransferRefused,
} from '#transfer';
import { POSITIONS_FILE } from './back-up-ledger.js';
import { syncFolder } from './embedded-files.js';
import { embeddedContent } from './ledger-content.js';
import { type LedgerPlace, openEmbedded, openTarget } from './ledger-place.js';
import { COPY_PATIENCE } from './move-ledger.js';
import { makeWorkFolder, nameFolder } from './work-folder.js';

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
 * A target folder appears under its name complete, or not at all. On servers, where nothing can be renamed, the verified
 * events are copied as `copyLedger` does; the target must be empty or hold the beginning of the same ledger, so that an
 * interrupted restore is finished by running it again.
 * @throws TransferRefused, TransferInterrupted, StoreUnavailable, AppendOutcomeUnknown
 */
export async function restoreBackup(from: string, to: LedgerPlace, options: RestoreOptions): Promise<RestoreAnswer> {
  const backup = resolve(from);
  const manifest = await readManifest(backup);
  const { dataDir, eventStoreDbUrl, mongoDbUrl } = to.config;
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
  await assertEmpty(folder);
  const work = await makeWorkFolder(`${folder}.restoring`);
  try {
    await verifiedFiles(backup, manifest, work, options);
    await syncFolder(work);
    await nameFolder(work, folder);
  } catch (error) {
    await rm(work, { recursive: true, force: true });
    throw error;
  }
}

async function assertEmpty(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  if (!(await stat(folder)).isDirectory()) throw new TransferRefused(`${folder} is a file, not a folder.`);
  if ((await readdir(folder)).length > 0) {
    throw new TransferRefused(`${folder} is not empty: a backup is restored into a new folder.`);
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
  for (const file of manifest.files) {
    if (!existsSync(join(backup, file.name))) {
      throw new TransferRefused(`The backup is not complete: ${file.name} is missing.`);
    }
    await copyFile(join(backup, file.name), join(work, file.name));
    await chmod(join(work, file.name), 0o600);
    const { bytes, sha256 } = await backupFile(work, file.name);
    if (bytes !== file.bytes || sha256 !== file.sha256) {
      throw new TransferRefused(`The backup is damaged: ${file.name} is not what the manifest tells.`);
    }
  }
  const { keys, ledger, log } = await embeddedContent(work, signal, onProgress);
  const [fault] = log.faults;
  if (fault !== undefined) {
    throw new TransferRefused(
      `The backup's chain is broken: revision ${fault.revision} of the stream "${fault.stream}" ${fault.complaint}.`,
    );
  }
  const found = { ledger, log: { events: log.events, streams: log.streams, head: String(log.head) }, keys };
  const told = { ledger: manifest.ledger, log: manifest.log, keys: manifest.keys };
  if (JSON.stringify(found) !== JSON.stringify(told)) {
    throw new TransferRefused('The backup is damaged: it does not hold as many events and keys as the manifest tells.');
  }
  await rm(join(work, POSITIONS_FILE), { force: true });
}
