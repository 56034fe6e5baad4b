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

/** Which files a backup may have. */
export interface BackupFileNames {
  readonly required: readonly string[];
  readonly optional: readonly string[];
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

/**
 * Reads the manifest. Its digest has no key, so anybody can make one: what it says is held against what a backup has.
 * @param names the files that it may tell of, each once
 * @throws TransferRefused for a folder that is no backup, and a manifest that was changed or is of another format
 */
export async function readManifest(folder: string, names: BackupFileNames): Promise<BackupManifest> {
  const text = await readFile(join(folder, MANIFEST_FILE), 'utf8').catch((cause: Error) => {
    throw new TransferRefused(`${folder} is no backup, or one that was not finished: it has no ${MANIFEST_FILE}.`, {
      cause,
    });
  });
  const manifest = text.length > LONGEST_MANIFEST ? undefined : parsed(text);
  const format = manifest?.format;
  if (format !== 1 && typeof format === 'number') {
    throw new TransferRefused(
      `The backup has format ${format}, and this program knows format 1: use the program that made it, or a newer one.`,
    );
  }
  if (!isManifest(manifest, names)) throw new TransferRefused(`The backup's ${MANIFEST_FILE} is damaged.`);
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

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const { digest, ...manifest } = JSON.parse(text);
    return digest === digestOf(manifest) ? manifest : undefined;
  } catch (error) {
    // A RangeError: nested so deeply that the stack ends.
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function isManifest(value: unknown, names: BackupFileNames): value is BackupManifest {
  if (!isRecord(value)) return false;
  const { createdAt, files, format, keys, ledger, log, program } = value;
  return (
    format === 1 &&
    isText(program) &&
    isText(createdAt, INSTANT) &&
    isRecord(ledger) &&
    isText(ledger.timeZone) &&
    isText(ledger.baseCurrency) &&
    isRecord(log) &&
    isCount(log.events) &&
    isCount(log.streams) &&
    isText(log.head, POSITION) &&
    isRecord(keys) &&
    Object.values(keys).every(isCount) &&
    Array.isArray(files) &&
    files.every(isBackupFile) &&
    areNames(
      files.map(({ name }) => name),
      names,
    )
  );
}

function isBackupFile(value: unknown): value is BackupFile {
  return isRecord(value) && isText(value.name) && isCount(value.bytes) && isText(value.sha256, SHA256);
}

function areNames(found: readonly string[], { optional, required }: BackupFileNames): boolean {
  return (
    new Set(found).size === found.length &&
    required.every((name) => found.includes(name)) &&
    found.every((name) => required.includes(name) || optional.includes(name))
  );
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const POSITION = /^\d+$/;
const SHA256 = /^[0-9a-f]{64}$/;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown, pattern = /./): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** SHA-256 over the canonical JSON of the rest. */
function digestOf(manifest: object): string {
  return createHash('sha256')
    .update(canonicalText(manifest as JsonObject))
    .digest('hex');
}
