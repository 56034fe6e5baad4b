import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { DocumentProjection, Projection } from '#event-sourcing';
import { abandonRebuild, openRebuildContext, runRebuild } from '#ledger';
import { readConfig } from '#platform';
import { type Backend, describeOnBackends } from './backends.js';
import { type Answer, type ApiClient, LedgerProcess } from './ledger-process.js';
import { OrderLoad } from './rebuild-load.js';

const SLOW = 240_000;
/** Orders before the rebuild begins: with more of them it lasts longer. */
const HISTORY = Number(process.env.KEYLEDGER_REBUILD_ORDERS ?? 1_500);
/** Commands a second, where the stores are ours or real; the stand-ins of servers are asked for a fifth of it. */
const RATE = Number(process.env.KEYLEDGER_REBUILD_RATE ?? 200);
const ACCOUNTS = 40;
const TURNING = 60_000;

interface ProjectionView {
  readonly name: string;
  readonly build: number;
}

async function builds(admin: ApiClient): Promise<Set<number>> {
  const { body } = await admin.get('/v1/projections');
  return new Set((body.items as ProjectionView[]).map(({ build }) => build));
}

/** Waits for what turns to a build by itself a moment after the rebuild has ended: queries of a process that is busy. */
async function expectTurnedTo(admin: ApiClient, build: number): Promise<void> {
  const deadline = Date.now() + TURNING;
  while (!(await builds(admin)).has(build) && Date.now() < deadline) await setTimeout(50);
  expect(await builds(admin)).toEqual(new Set([build]));
}

/** @throws Error with what the process said, in time before Jest ends the case */
async function ended(ledger: LedgerProcess, rebuildId: string): Promise<Answer['body']> {
  const admin = ledger.client();
  const deadline = Date.now() + SLOW / 2;
  let seen: Answer['body'];
  const polled = (async () => {
    while (Date.now() < deadline) {
      seen = (await admin.get(`/v1/rebuilds/${rebuildId}`)).body;
      if (['done', 'compared', 'abandoned'].includes(seen.phase)) return seen;
      await setTimeout(20);
    }
  })();
  const record = await Promise.race([polled, setTimeout(SLOW / 2, undefined, { ref: false })]);
  if (record !== undefined) return record;
  throw new Error(`not ended: ${JSON.stringify(seen)}\n${ledger.output.slice(-50).join('\n')}`);
}

/** What a mistake in a fold looks like: one account's orders lose their net revenue, and one order is left out. */
function wrong(projection: Projection): Projection {
  if (projection.name !== 'orders' || projection.kind !== 'documents') return projection;
  const mistaken: DocumentProjection = {
    ...projection,
    fold(document, event, key) {
      const right = projection.fold(document, event, key);
      if (key[1] === 'history-1') return null;
      return right !== null && key[0] === 'account-3' ? { ...right, netRevenue: '0' } : right;
    },
  };
  return mistaken;
}

describeOnBackends('A rebuild beside the live read models', (kind) => {
  let backend: Backend;
  let ledger: LedgerProcess;
  let admin: ApiClient;
  let load: OrderLoad;
  const rate = kind.name === 'servers' && !process.env.MONGODB_URL ? RATE / 5 : RATE;

  beforeAll(async () => {
    backend = await kind.open({ KEYLEDGER_BASE_CURRENCY: 'EUR' });
    ledger = await LedgerProcess.start(backend.environment);
    admin = ledger.client();
    load = new OrderLoad(admin, ACCOUNTS);
    await load.history(HISTORY);
  }, SLOW);
  afterAll(async () => {
    await ledger.stop();
    await backend.close();
  }, SLOW);

  it(
    'is not noticed by any answer while commands come in, and finds no difference',
    async () => {
      const stop = new AbortController();
      const loaded = Promise.all([load.send(rate, stop.signal), load.read(stop.signal)]);
      let record: Answer['body'];
      try {
        await setTimeout(1_000);
        const begun = await admin.post('/v1/projections/all/rebuild', {});
        expect([begun.status, begun.body.kind, begun.body.switch]).toEqual([202, 'rebuild', 'when-equal']);
        expect((await admin.post('/v1/projections/orders/rebuild', {})).body.code).toBe('rebuild-running');
        record = await ended(ledger, begun.body.rebuildId);
        await setTimeout(1_500);
      } finally {
        stop.abort();
        await Promise.allSettled([loaded]);
      }
      const [sent, answers] = await loaded;
      expect(record).toMatchObject({ phase: 'done', differing: 0, differences: [] });
      const orders = record.compared.find(({ name }: { name: string }) => name === 'orders');
      expect(orders.documents.live).toBeGreaterThanOrEqual(HISTORY);
      expect(orders.digests.made).toBe(orders.digests.live);
      await expectTurnedTo(admin, 2);
      // Each answer was checked as it came; see OrderLoad.
      expect(answers).toBeGreaterThan(20);
      expect(sent).toBeGreaterThan(0);
      process.stderr.write(
        `\n${kind.name}: ${sent} commands (${load.pace.toFixed(0)}/s) and ${answers} checked answers around a rebuild of ${orders.documents.live} orders\n`,
      );
    },
    SLOW,
  );

  it(
    'made with a mistake in a fold is told from what serves, and not switched to',
    async () => {
      const context = await openRebuildContext(readConfig(backend.environment));
      const signal = new AbortController().signal;
      try {
        const order = { kind: 'rebuild', names: ['orders'] } as const;
        const mistaken = { ...context, projections: context.projections.map(wrong) };
        const record = await runRebuild(mistaken, order, signal);
        const ofAccount = await admin.ask('/v1/accounts/account-3/orders?limit=500', '0');
        const theirs = ofAccount.items.length;
        expect(record).toMatchObject({ phase: 'compared', differing: theirs + 1 });
        expect(record.compared[0]?.documents).toMatchObject({ live: (record.compared[0]?.documents.made ?? 0) + 1 });
        expect(record.compared[0]?.digests.live).not.toBe(record.compared[0]?.digests.made);
        expect(record.differences).toContainEqual({
          projection: 'orders',
          key: ['account-1', 'history-1'],
          field: null,
          live: 'there',
          made: 'absent',
        });
        const others = record.differences.filter(({ field }) => field !== null);
        expect(new Set(others.map(({ key, field, made }) => `${key[0]} ${field} ${made}`))).toEqual(
          new Set(['account-3 netRevenue 0']),
        );
        expect(await builds(admin)).toEqual(new Set([2]));
        expect((await abandonRebuild(context, signal)).phase).toBe('abandoned');
        expect((await admin.ask('/v1/accounts/account-3/orders?limit=500', '0')).items).toHaveLength(theirs);
      } finally {
        await context.close();
      }
    },
    SLOW,
  );

  it(
    'is rolled back on demand, with all that came since',
    async () => {
      const stop = new AbortController();
      const loaded = Promise.all([load.send(rate / 4, stop.signal), load.read(stop.signal)]);
      try {
        const begun = await admin.post('/v1/projections/all/rollback');
        expect([begun.status, begun.body.kind]).toEqual([202, 'rollback']);
        expect(await ended(ledger, begun.body.rebuildId)).toMatchObject({ phase: 'done', kind: 'rollback' });
        await expectTurnedTo(admin, 1);
        await setTimeout(1_000);
      } finally {
        stop.abort();
        await Promise.allSettled([loaded]);
      }
      await loaded;
      await load.check();
    },
    SLOW,
  );

  it(
    'can be followed by another as soon as it is told to be done',
    async () => {
      for (let round = 0; round < 3; round++) {
        const begun = await admin.post('/v1/projections/visits/rebuild', {});
        expect([begun.status, begun.body.phase]).toEqual([202, 'planned']);
        // Known from the moment on that its id was told.
        expect((await admin.get(`/v1/rebuilds/${begun.body.rebuildId}`)).status).toBe(200);
        expect((await ended(ledger, begun.body.rebuildId)).phase).toBe('done');
      }
    },
    SLOW,
  );
});
