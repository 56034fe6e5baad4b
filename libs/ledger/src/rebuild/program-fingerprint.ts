import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

/** Of this file: where the libraries lie, built or not. */
const LIBRARIES = join(import.meta.dirname, '..', '..', '..');
const CODE = new Set(['.js', '.ts']);

/**
 * A name for the code of all libraries, 128 bits of the SHA-256 of their files. Two programs of one name fold alike; what a
 * projection's version says is not enough for that, since a fold may be mended within a version.
 */
export function programFingerprint(folder: string = LIBRARIES): string {
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => CODE.has(extname(file)))
    .sort();
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(folder, file)))
      .update('\0');
  return hash.digest('hex').slice(0, 32);
}
