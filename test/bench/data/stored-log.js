import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventStore } from '#event-store-sqlite';
import { appendHistory } from './log.js';

/** Changed with what appendHistory makes, so that no older log is taken for this one. */
const FORM = 1;

/**
 * The folder of an embedded log of that size. It is made once and kept beside the temporary files: a log of 5,000,000
 * events takes minutes to make.
 */
export async function storedLog(events, accounts) {
  const folder = join(
    process.env.KEYLEDGER_BENCH_DIR ?? tmpdir(),
    `keyledger-bench-log-${FORM}-${events}-events-${accounts}-accounts`,
  );
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const begin = performance.now();
  const store = await SqliteEventStore.open({ file: join(folder, 'events.db') });
  await appendHistory(store, events, accounts);
  await store.close();
  writeFileSync(complete, '');
  process.stderr.write(
    `made a log of ${events} events in ${((performance.now() - begin) / 1_000).toFixed(0)} s: ${folder}\n`,
  );
  return folder;
}
