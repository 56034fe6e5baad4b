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

const SLOW = 240_000;
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
    for (let n = 0; n < 2; n++) backends.push(await kind.open(SETTINGS));
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
      const started = Date.now();
      expect(await runCli(args, undisturbed.environment)).toMatchObject({ code: 0 });
      const duration = Date.now() - started;
      let kills = 0;
      for (let attempt = 0; attempt < KILLS; attempt++) {
        const child = spawnCli(args, killed.environment);
        const exited = once(child, 'exit');
        // Anywhere from the first document to the end of an undisturbed run.
        await Promise.race([setTimeout(200 + Math.random() * duration), exited]);
        child.kill('SIGKILL');
        const [, signal] = await exited;
        if (signal === 'SIGKILL') kills += 1;
      }
      expect(kills).toBeGreaterThanOrEqual(KILLS / 2);
      expect(await runCli(args, killed.environment)).toMatchObject({ code: 0 });
      const expected = await rankingExport(undisturbed);
      expect(expected.split('\r\n').length).toBeGreaterThan(500);
      expect(await rankingExport(killed)).toBe(expected);
    },
    SLOW,
  );
});
