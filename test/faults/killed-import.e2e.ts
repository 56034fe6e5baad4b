import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { type Backend, describeOnBackends } from '#test/e2e/backends';
import { LedgerProcess, runCli, spawnCli } from '#test/e2e/ledger-process';
import { itWithSharedData, SHARED_DATA } from '#test/e2e/shared-data';

const SLOW = 600_000;
const KILLS = 10;
/** Lines of the order book: enough to be killed ten times in the middle, few enough for both backends. */
const LINES = 60_000;
const MAP = join(import.meta.dirname, '..', '..', 'samples', 'online-retail.map.json');
const SETTINGS = { KEYLEDGER_BASE_CURRENCY: 'GBP' };

/** The first lines of the real order book. */
async function excerpt(file: string): Promise<void> {
  const source = join(SHARED_DATA, 'online-retail', 'online_retail_2010-12_2011-12.csv.gz');
  const lines = createInterface({ input: createReadStream(source).pipe(createGunzip()) });
  const out = createWriteStream(file);
  let left = LINES;
  for await (const line of lines) {
    out.write(`${line}\n`);
    left -= 1;
    if (left === 0) break;
  }
  out.end();
  await once(out, 'finish');
}

/**
 * Lets an import run to its end, or kills it so long after it began to read its file.
 * @param kill ms; `undefined` for an import that must come to its good end
 * @returns the ms it took from there, and what ended it, if something did
 */
async function importUntil(
  child: ReturnType<typeof spawnCli>,
  kill: number | undefined,
): Promise<{ importing: number; signal: NodeJS.Signals | null }> {
  const exited = once(child, 'exit');
  await once(child.stderr, 'data');
  child.stderr.resume();
  const began = Date.now();
  if (kill !== undefined) {
    await Promise.race([setTimeout(kill), exited]);
    child.kill('SIGKILL');
  }
  const [code, signal] = await exited;
  if (code !== null && code !== 0) throw new Error(`the import ended with ${code}`);
  return { importing: Date.now() - began, signal };
}

async function rankingExport(backend: Backend): Promise<string> {
  const ledger = await LedgerProcess.start(backend.environment);
  try {
    const admin = ledger.client();
    // Writes an event, whose position tells when the read models hold everything before it.
    const written = await admin.must('POST', '/v1/policies', {
      policyId: 'net',
      name: 'Net revenue',
      windowMonths: null,
      criteria: [{ key: 'revenue', metric: 'revenue', weight: 1, scale: { type: 'quantile', bins: 10 } }],
      selection: { top: 20 },
      tiers: [{ tier: 'key', selected: true }, { tier: 'regular' }],
      effectiveFrom: '2010-01-01',
    });
    return (await admin.ask('/v1/key-accounts?asOf=2011-12-09&policy=net', written, { accept: 'text/csv' })) as string;
  } finally {
    await ledger.stop();
  }
}

describeOnBackends('An import that is killed ten times and finished', (kind) => {
  const backends: Backend[] = [];

  beforeAll(async () => {
    for (let n = 0; n < 2; n++) backends.push(await kind.open(SETTINGS, { forMinutes: true }));
  }, SLOW);
  afterAll(async () => {
    for (const backend of backends) await backend.close();
  }, SLOW);

  itWithSharedData(
    'gives byte for byte the ranking of an undisturbed one',
    async () => {
      const [undisturbed, killed] = backends as [Backend, Backend];
      const file = join(undisturbed.folder, 'orders.csv');
      await excerpt(file);
      const args = ['import', file, '--kind', 'orders', '--map', MAP];
      const { importing: undisturbedTime } = await importUntil(spawnCli(args, undisturbed.environment), undefined);
      // Counted from where the file is read, however long the program takes to come so far, and half of an undisturbed run
      // at the most, so that one attempt goes on where the last was killed. A process that was done before its time came
      // was no kill: the next gets half of the time.
      let longest = undisturbedTime / 2;
      for (let kills = 0; kills < KILLS; ) {
        const { signal } = await importUntil(spawnCli(args, killed.environment), Math.random() * longest);
        if (signal === 'SIGKILL') kills += 1;
        else longest /= 2;
      }
      const finished = await runCli([...args, '--json'], killed.environment);
      const { accepted, skipped } = JSON.parse(finished.stdout).documents;
      process.stderr.write(`killed ${KILLS} times: ${skipped} documents were imported by then, ${accepted} after\n`);
      expect([finished.code, skipped > 0]).toEqual([0, true]);
      const expected = await rankingExport(undisturbed);
      expect(expected.split('\r\n').length).toBeGreaterThan(500);
      expect(await rankingExport(killed)).toBe(expected);
    },
    SLOW,
  );
});
