import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ImportFormat } from '#imports';
import { CliError, UsageError } from './exit-codes.js';

const FORMATS: Readonly<Record<string, ImportFormat>> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.txt': 'csv',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
};

/** A file that is read once, compressed by gzip or not. */
export interface SourceFile {
  readonly format: ImportFormat;
  /** Its size on disk. */
  readonly totalBytes: number;
  /** How much of that has been read. */
  readBytes(): number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * @param format what its name does not tell
 * @throws CliError when it is not there, UsageError when neither its name nor `format` tells what it is
 */
export async function openSourceFile(path: string, format: ImportFormat | undefined): Promise<SourceFile> {
  const gzipped = path.toLowerCase().endsWith('.gz');
  const name = gzipped ? path.slice(0, -3) : path;
  const known = format ?? FORMATS[/\.[a-z]+$/.exec(name.toLowerCase())?.[0] ?? ''];
  if (known === undefined) {
    throw new UsageError(`${path}: its name does not tell whether it is CSV or NDJSON; say --format csv or ndjson.`);
  }
  const totalBytes = await sizeOf(path);
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  // The iterator hands on the error of either stream.
  const bytes = gzipped ? pipeline(file, createGunzip(), () => undefined) : file;
  return { format: known, totalBytes, readBytes: () => file.bytesRead, bytes: wordingErrors(path, bytes) };
}

/** @throws CliError for what the system or the decompression has against the file */
async function* wordingErrors(path: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (cause) {
    throw new CliError(`${path} cannot be read to its end: ${(cause as Error).message}`, { cause });
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    const found = await stat(path);
    if (found.isFile()) return found.size;
  } catch (cause) {
    throw new CliError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  throw new CliError(`${path} is no file.`);
}
