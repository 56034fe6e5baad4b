import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalText, type JsonObject } from '#event-sourcing';
import { TransferRefused } from './transfer-refused.js';

/** Name of the file in a backup that tells what the backup is. */
export const MANIFEST_FILE = 'manifest.json';

export interface BackupFile {
  readonly name: string;
  readonly bytes: number;
  /** In lower-case hex. */
  readonly sha256: string;
}

export interface BackupManifest {
  readonly format: 1;
  /** Version of the program that made it. */
  readonly program: string;
  /** Instant. */
  readonly createdAt: string;
  /** What the ledger was stamped with when it was opened. */
  readonly ledger: { readonly timeZone: string; readonly baseCurrency: string };
  readonly log: {
    readonly events: number;
    readonly streams: number;
    /** Position of the last event, in the backup's own log. */
    readonly head: string;
  };
  /** How many keys of each kind. */
  readonly keys: Readonly<Record<string, number>>;
  readonly files: readonly BackupFile[];
}

const LONGEST_MANIFEST = 100_000;

/** Writes the manifest, readable for its owner only, with a digest of itself, onto the disk. */
export async function writeManifest(folder: string, manifest: BackupManifest): Promise<void> {
  const file = await open(join(folder, MANIFEST_FILE), 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ ...manifest, digest: digestOf(manifest) }, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** @throws TransferRefused for a folder that is no backup, and a manifest that was changed or is of another format */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const text = await readFile(join(folder, MANIFEST_FILE), 'utf8').catch((cause: Error) => {
    throw new TransferRefused(`${folder} is no backup, or one that was not finished: it has no ${MANIFEST_FILE}.`, {
      cause,
    });
  });
  const manifest = text.length > LONGEST_MANIFEST ? undefined : parsed(text);
  if (manifest === undefined) throw new TransferRefused(`The backup's ${MANIFEST_FILE} is damaged.`);
  if (manifest.format !== 1) {
    throw new TransferRefused(
      `The backup has format ${manifest.format}, and this program knows format 1: use the program that made it, or a newer one.`,
    );
  }
  return manifest;
}

/** The size and hash of a file, as they are now. */
export async function backupFile(folder: string, name: string): Promise<BackupFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(join(folder, name), { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { name, bytes, sha256: hash.digest('hex') };
}

function parsed(text: string): BackupManifest | undefined {
  try {
    const { digest, ...manifest } = JSON.parse(text);
    return digest === digestOf(manifest) ? manifest : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** SHA-256 over the canonical JSON of the rest. */
function digestOf(manifest: object): string {
  return createHash('sha256')
    .update(canonicalText(manifest as JsonObject))
    .digest('hex');
}
