import { join } from 'node:path';
import { type LedgerEnvironment, runCli } from './ledger-process.js';

const SAMPLES = join(import.meta.dirname, '..', '..', 'samples');

/** A map that comes with the project. */
export function sampleMap(name: string): string {
  return join(SAMPLES, `${name}.map.json`);
}

/** What `keyledger import --json` answers. */
export interface ImportedFile {
  readonly rows: number;
  readonly documents: { readonly accepted: number; readonly skipped: number; readonly rejected: number };
  readonly position: string;
  readonly errors: readonly unknown[];
}

/** Imports a file by the `keyledger` command. @throws Error unless all of it is taken or known already */
export async function importFile(
  environment: LedgerEnvironment,
  file: string,
  kind: string,
  map?: string,
): Promise<ImportedFile> {
  const options = map === undefined ? [] : ['--map', map];
  const { code, stdout, stderr } = await runCli(['import', file, '--kind', kind, ...options, '--json'], environment);
  if (code !== 0) throw new Error(`the import of ${file} ended with ${code}:\n${stderr}\n${stdout}`);
  return JSON.parse(stdout);
}
