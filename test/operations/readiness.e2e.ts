import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { METRIC } from '#platform';
import { type LedgerEnvironment, LedgerProcess } from '#test/e2e/ledger-process';
import { EventStoreDbStandIn } from '#test/eventstoredb-stand-in/event-store-db-stand-in';

const SLOW = 60_000;

/** What Prometheus is told of whether the ledger can be used, and what `/health/ready` answers. */
async function readinessOf(ledger: LedgerProcess) {
  const metrics = await ledger.client().get('/metrics');
  const told = new RegExp(`^${METRIC.ready} ([01])$`, 'm').exec(metrics.text)?.[1];
  return { scrape: metrics.status, told, health: (await fetch(`${ledger.url}/health/ready`)).status, metrics };
}

describe('What Prometheus is told of readiness', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyledger-readiness-'));
  const embedded: LedgerEnvironment = { KEYLEDGER_DATA_DIR: join(folder, 'data') };

  beforeAll(async () => {
    // The keys stay in the data folder, wherever the log is.
    const ledger = await LedgerProcess.start(embedded);
    await ledger.stop();
  }, SLOW);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it(
    'is 0 while a start waits for its event store, with a key as ever, and nothing else is answered',
    async () => {
      const settings = { ...embedded, EVENTSTOREDB_URL: 'esdb://127.0.0.1:1?tls=false' };
      const ledger = await LedgerProcess.start(settings, { ready: false });
      try {
        const { metrics, ...rest } = await readinessOf(ledger);
        expect(rest).toEqual({ scrape: 200, told: '0', health: 503 });
        // What can be told without the store is told.
        expect(metrics.text).toMatch(new RegExp(`^${METRIC.diskSize} [1-9]`, 'm'));
        expect(metrics.text).not.toMatch(new RegExp(`^${METRIC.lagSeconds}\\{`, 'm'));
        expect(await ledger.client('not-a-key').get('/metrics')).toMatchObject({ status: 401 });
        for (const path of ['/v1/accounts', '/v1/projections']) {
          expect(await ledger.client().get(path)).toMatchObject({ status: 503, body: { code: 'not-ready' } });
        }
      } finally {
        await ledger.stop();
      }
    },
    SLOW,
  );

  it(
    'turns to 0 when a store is lost later, and to 1 with it',
    async () => {
      const standIn = await EventStoreDbStandIn.start({ file: join(folder, 'log') });
      const settings = { KEYLEDGER_DATA_DIR: join(folder, 'other'), EVENTSTOREDB_URL: standIn.url };
      const ledger = await LedgerProcess.start(settings);
      try {
        expect(await readinessOf(ledger)).toMatchObject({ scrape: 200, told: '1', health: 200 });
        await standIn.kill();
        expect(await readinessOf(ledger)).toMatchObject({ scrape: 200, told: '0', health: 503 });
        await standIn.restart();
        await ledger.untilReady();
        expect(await readinessOf(ledger)).toMatchObject({ scrape: 200, told: '1', health: 200 });
      } finally {
        await ledger.stop();
        await standIn.kill();
      }
    },
    SLOW,
  );
});
