import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';

/** Where the programs lie, each with what it is made of, most packages among it. */
const programs = () => dirname(createRequire(import.meta.url).resolve('#ledger/rebuild'));

/**
 * A name for the code of the built programs, 128 bits of the SHA-256 of their files. Two programs of one name fold alike;
 * what a projection's version says is not enough for that, since a fold may be mended within a version.
 */
export function programFingerprint(folder: string = programs()): string {
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => extname(file) === '.js')
    .sort();
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(folder, file)))
      .update('\0');
  return hash.digest('hex').slice(0, 32);
}
