import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { it } from '@jest/globals';

/** Real data with results computed by others, which lie beside the project where it is developed. */
export const SHARED_DATA = join(import.meta.dirname, '..', '..', '..', 'shared', 'data');

/**
 * A case that needs the real data. Where they are missing it is said to be not run, and fails when `KEYLEDGER_REQUIRE`
 * contains `data`.
 */
export function itWithSharedData(name: string, body: () => Promise<void>, timeout: number): void {
  if (existsSync(SHARED_DATA)) {
    it(name, body, timeout);
    return;
  }
  const complaint = `not run: ${name}: the real data are missing beside the project`;
  process.stderr.write(`\n${complaint}\n`);
  const required = process.env.KEYLEDGER_REQUIRE?.includes('data') === true;
  (required ? it : it.skip)(name, () => {
    throw new Error(complaint);
  });
}
