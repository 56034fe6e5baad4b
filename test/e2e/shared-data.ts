import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, it } from '@jest/globals';

/** Real data with results computed by others, which lie beside the project where it is developed. */
export const SHARED_DATA = join(import.meta.dirname, '..', '..', '..', 'shared', 'data');

/** The text of one of its files; one that is packed (`.gz`) is unpacked. */
export function sharedText(...path: readonly string[]): string {
  const bytes = readFileSync(join(SHARED_DATA, ...path));
  return (path.at(-1)?.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/**
 * A case that needs the real data. Where they are missing it is said to be not run, and fails when `KEYLEDGER_REQUIRE`
 * contains `data`.
 */
export function itWithSharedData(name: string, body: () => Promise<void>, timeout: number): void {
  if (existsSync(SHARED_DATA)) it(name, body, timeout);
  else sayNotRun(name);
}

/** The same for a whole suite. */
export function describeWithSharedData(name: string, body: () => void): void {
  if (existsSync(SHARED_DATA)) describe(name, body);
  else sayNotRun(name);
}

function sayNotRun(name: string): void {
  const complaint = `not run: ${name}: the real data are missing beside the project`;
  process.stderr.write(`\n${complaint}\n`);
  const required = process.env.KEYLEDGER_REQUIRE?.includes('data') === true;
  (required ? it : it.skip)(name, () => {
    throw new Error(complaint);
  });
}
