import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { RecordedEvent } from '#event-sourcing';
import { type Backend, describeOnBackends } from './backends.js';
import { type ApiClient, LedgerProcess } from './ledger-process.js';
import { parkStreams } from './parked-streams.js';

/** One case waits for two things. */
const SLOW = 150_000;
const DEADLINE = 60_000;
const REVENUE = 'revenue-days';

/**
 * Streams that projections stopped at, as a projector leaves them: pointers in the read store, written before anything
 * is projected. No event is one that the product's folds fail at.
 */
describeOnBackends('A quarantined stream', (kind) => {
  let backend: Backend;
  let ledger: LedgerProcess;
  let admin: ApiClient;
  let newest = '0';

  beforeAll(async () => {
    backend = await kind.open({ KEYLEDGER_BASE_CURRENCY: 'EUR' });
    ledger = await LedgerProcess.start({ ...backend.environment, KEYLEDGER_PROJECTOR: 'none' });
    for (const account of ['one', 'two', 'three']) await placeOrders(ledger.client(), account);
    await ledger.stop();
    const second = ({ data }: RecordedEvent) => data.orderId === 'second';
    const stops = [
      { projection: 'orders.v1', stream: 'account-one', at: second },
      { projection: 'orders.v1', stream: 'account-two', at: second },
      { projection: `${REVENUE}.v1`, stream: 'account-three', at: second },
    ];
    await parkStreams(backend.environment, stops, 'Error: no');
    ledger = await LedgerProcess.start(backend.environment);
    admin = ledger.client();
    await admin.ask('/v1/accounts/one', newest);
  }, SLOW);
  afterAll(async () => {
    await ledger.stop();
    await backend.close();
  }, SLOW);

  async function placeOrders(client: ApiClient, accountId: string): Promise<void> {
    await client.must('POST', '/v1/accounts', { accountId, name: accountId, at: '2026-01-01T00:00:00Z' });
    for (const orderId of ['first', 'second', 'third']) {
      const lines = [{ sku: 'a', quantity: 1, unitPrice: '1' }];
      const order = { orderId, placedAt: '2026-06-01T00:00:00Z', currency: 'EUR', lines };
      const answer = await client.must('POST', `/v1/accounts/${accountId}/orders`, order);
      newest = answer.headers.get('keyledger-position') ?? '0';
    }
  }

  async function orderIds(account: string): Promise<string[]> {
    const { body } = await admin.get(`/v1/accounts/${account}/orders`);
    return body.items.map(({ orderId }: { orderId: string }) => orderId).sort();
  }

  async function parkedEvent(projection: string, stream: string): Promise<string> {
    const items = (await admin.get('/v1/quarantine')).body.items as Record<string, string>[];
    return items.find((each) => each.projection === projection && each.stream === stream)?.eventId ?? 'not parked';
  }

  async function rebuilt(projection: string, rule: string): Promise<void> {
    const { body } = await admin.must('POST', `/v1/projections/${projection}/rebuild`, { switch: rule });
    for (const deadline = Date.now() + DEADLINE; ; ) {
      const rebuild = (await admin.get(`/v1/rebuilds/${body.rebuildId}`)).body;
      if (rebuild.phase === 'done') return;
      if (Date.now() > deadline) throw new Error(`not rebuilt: ${JSON.stringify(rebuild)}`);
      await setTimeout(200);
    }
  }

  async function untilSettled(stream: string): Promise<void> {
    const deadline = Date.now() + DEADLINE;
    for (;;) {
      const { body } = await admin.get('/v1/quarantine');
      if (body.items.every((each: { stream: string }) => each.stream !== stream)) return;
      if (Date.now() > deadline) throw new Error(`not settled: ${JSON.stringify(body)}\n${ledger.output.join('\n')}`);
      await setTimeout(100);
    }
  }

  it('is listed, page by page, and told in health and projections', async () => {
    const first = await admin.get('/v1/quarantine?limit=2');
    expect(first.body.items).toMatchObject([
      {
        projection: 'orders',
        version: 1,
        stream: 'account-one',
        type: 'order-placed.v1',
        error: 'Error: no',
        at: '2026-06-02T00:00:00.000Z',
        eventsHeldBack: 2,
        state: 'parked',
      },
      { projection: 'orders', stream: 'account-two' },
    ]);
    const next = await admin.get(`/v1/quarantine?limit=2&cursor=${first.body.nextCursor}`);
    expect(next.body).toMatchObject({ items: [{ projection: REVENUE, stream: 'account-three' }], nextCursor: null });
    expect((await admin.get('/health/ready')).body.checks.projections).toMatchObject({ quarantined: 3 });
    expect(await orderIds('one')).toEqual(['first']);
    expect(await orderIds('three')).toEqual(['first', 'second', 'third']);
  });

  it(
    'is complete once it was tried again',
    async () => {
      const asked = await admin.post('/v1/quarantine/orders/account-one/redrive');
      expect([asked.status, asked.body.state]).toEqual([202, 'redrive-requested']);
      await untilSettled('account-one');
      expect(await orderIds('one')).toEqual(['first', 'second', 'third']);
    },
    SLOW,
  );

  it(
    'goes on behind an event that was discarded, in rebuilds, too',
    async () => {
      const reason = 'Entered twice in the old system.';
      const eventId = await parkedEvent('orders', 'account-two');
      const order = { eventId, reason };
      const discarded = await admin.post('/v1/quarantine/orders/account-two/discard', order);
      expect([discarded.status, discarded.body]).toEqual([
        202,
        expect.objectContaining({ projection: 'orders', stream: 'account-two', eventId, reason, actor: 'admin' }),
      ]);
      await untilSettled('account-two');
      // Sent again, it is the decision that was taken; nothing further is skipped.
      const again = await admin.post('/v1/quarantine/orders/account-two/discard', { ...order, reason: 'Again.' });
      expect([again.status, again.body]).toEqual([202, discarded.body]);
      expect((await admin.get('/v1/quarantine/discarded')).body.items).toEqual([discarded.body]);
      expect(await orderIds('two')).toEqual(['first', 'third']);
      await rebuilt('orders', 'when-equal');
      expect(await orderIds('two')).toEqual(['first', 'third']);
    },
    SLOW,
  );

  it(
    'of documents that hold several streams needs a rebuild, and is over with it',
    async () => {
      const refused = await admin.post(`/v1/quarantine/${REVENUE}/account-three/redrive`);
      expect([refused.status, refused.body.code]).toEqual([409, 'needs-rebuild']);
      expect(refused.body.detail).toContain(`/v1/projections/${REVENUE}/rebuild`);
      const path = `/v1/quarantine/${REVENUE}/account-three/discard`;
      const another = await admin.post(path, { eventId: 'another', reason: 'No.' });
      expect([another.status, another.body.code]).toEqual([409, 'another-event']);
      const eventId = await parkedEvent(REVENUE, 'account-three');
      expect(await admin.post(path, { eventId, reason: 'No.' })).toMatchObject({ status: 202, body: { eventId } });
      const items = (await admin.get('/v1/quarantine')).body.items as { stream: string; state: string }[];
      expect(items.find(({ stream }) => stream === 'account-three')?.state).toBe('needs-rebuild');
      await rebuilt(REVENUE, 'always');
      expect((await admin.get('/v1/quarantine')).body.items).toEqual([]);
    },
    SLOW,
  );

  it.each([
    ['POST', '/v1/quarantine/orders/account-none/redrive', undefined, 404, 'not-quarantined'],
    ['POST', '/v1/quarantine/none/account-one/redrive', undefined, 404, 'projection-not-found'],
    ['POST', '/v1/quarantine/orders/account-one/discard', { eventId: 'e', reason: 'Gone.' }, 404, 'not-quarantined'],
    ['POST', '/v1/quarantine/orders/account-one/discard', {}, 400, 'invalid-request'],
    ['GET', '/v1/quarantine?cursor=x', undefined, 400, 'invalid-request'],
  ])('%s %s %j is answered with %d %s', async (method, path, body, status, code) => {
    const answer = await admin.request(method, path, body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });
});
