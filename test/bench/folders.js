import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made = [];

/** A new folder that is gone when the process ends. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(process.env.KEYLEDGER_BENCH_DIR ?? tmpdir(), 'keyledger-bench-'));
  made.push(folder);
  return folder;
}

process.on('exit', () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});
