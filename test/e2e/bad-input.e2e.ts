import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sampleEvents } from '#event-sourcing-testing';
import { withStores } from '#test/faults/drill/ledger-check';
import { type Backend, describeOnBackends, embedded } from './backends.js';
import { ADMIN_KEY, type ApiClient, LedgerProcess, runApi } from './ledger-process.js';
import { ProjectorProcess } from './projector-process.js';

const SLOW = 60_000;
const NEXT_WEEK = new Date(Date.now() + 7 * 86_400_000).toISOString();

const order = (changed: object = {}, line: object = {}) => ({
  orderId: 'new',
  placedAt: '2025-01-10T00:00:00Z',
  currency: 'EUR',
  lines: [{ sku: 'A', quantity: 1, unitPrice: '2.5', ...line }],
  ...changed,
});

describeOnBackends('Bad input', (kind) => {
  let backend: Backend;
  let ledger: LedgerProcess;
  let admin: ApiClient;

  beforeAll(async () => {
    backend = await kind.open({ KEYLEDGER_BASE_CURRENCY: 'EUR' });
    ledger = await LedgerProcess.start(backend.environment);
    admin = ledger.client();
    await admin.must('POST', '/v1/accounts', { accountId: 'acme', name: 'Acme', at: '2025-01-01T00:00:00Z' });
    await admin.must('POST', '/v1/accounts/acme/orders', order({ orderId: 'o-1' }, { quantity: 3 }));
  }, SLOW);
  afterAll(async () => {
    await ledger.stop();
    await backend.close();
  }, SLOW);

  const events = async () => (await admin.get('/v1/accounts/acme/events')).body.items.length;

  it.each<[string, string, unknown, number, string, string | undefined]>([
    ['malformed JSON', 'orders', '{"orderId": ', 400, 'malformed-json', undefined],
    ['a JSON list', 'orders', [], 400, 'invalid-request', ''],
    ['an unknown field', 'orders', order({ price: 1 }), 400, 'invalid-request', '/price'],
    ['a prototype', 'orders', '{"__proto__": {"x": 1}}', 400, 'malformed-json', undefined],
    ['a negative quantity', 'orders', order({}, { quantity: -1 }), 400, 'invalid-request', '/lines/0/quantity'],
    [
      'a price with seven decimals',
      'orders',
      order({}, { unitPrice: '1.2345678' }),
      400,
      'invalid-request',
      '/lines/0/unitPrice',
    ],
    ['a price that is a float', 'orders', order({}, { unitPrice: 2.5 }), 400, 'invalid-request', '/lines/0/unitPrice'],
    ['an unknown currency', 'orders', order({ currency: 'XYZ' }), 400, 'invalid-request', '/currency'],
    ['a date without zone', 'orders', order({ placedAt: '2025-01-10T00:00:00' }), 400, 'invalid-request', '/placedAt'],
    ['an id of 65 characters', 'orders', order({ orderId: 'x'.repeat(65) }), 400, 'invalid-request', '/orderId'],
    ['a body over 1 MiB', 'orders', order({ channel: 'x'.repeat(1_100_000) }), 413, 'body-too-large', undefined],
    [
      'a score outside its scale',
      'surveys',
      { metric: 'csat', score: 6, scoredAt: '2025-01-10T00:00:00Z' },
      422,
      'score-out-of-scale',
      undefined,
    ],
    [
      'a return of more than was ordered',
      'orders/o-1/returns',
      { returnedAt: '2025-01-12T00:00:00Z', lines: [{ lineNo: 1, quantity: 4 }] },
      422,
      'over-return',
      undefined,
    ],
    ['a fact dated next week', 'orders', order({ placedAt: NEXT_WEEK }), 422, 'in-the-future', '/placedAt'],
    [
      'an order twice with other content',
      'orders',
      order({ orderId: 'o-1' }, { quantity: 2 }),
      409,
      'id-exists',
      undefined,
    ],
    ['an unknown exchange rate', 'orders', order({ currency: 'USD' }), 422, 'rate-unknown', undefined],
    [
      'a delivery of no order',
      'orders/none/delivery',
      { deliveredAt: '2025-01-12T00:00:00Z' },
      404,
      'order-not-found',
      undefined,
    ],
  ])('%s is refused, and nothing is stored', async (_, path, body, status, code, pointer) => {
    const before = await events();
    const answer = await admin.post(`/v1/accounts/acme/${path}`, body);
    expect(answer).toMatchObject({
      status,
      body: { status, code, type: expect.any(String), title: expect.any(String), detail: expect.stringMatching(/\.$/) },
    });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    if (pointer !== undefined) expect(answer.body.errors.map((each: { path: string }) => each.path)).toContain(pointer);
    expect(answer.text).not.toMatch(/node_modules|\/dist\/|at [A-Za-z.]+ \(/);
    expect(await events()).toBe(before);
  });

  it('the same order again is fine and stores nothing', async () => {
    const before = await events();
    expect(await admin.post('/v1/accounts/acme/orders', order({ orderId: 'o-1' }, { quantity: 3 }))).toMatchObject({
      status: 200,
      body: { events: [] },
    });
    expect(await events()).toBe(before);
  });

  it('everything that is wrong is listed at once', async () => {
    const { body } = await admin.post(
      '/v1/accounts/acme/orders',
      order({ currency: 'x', placedAt: 'y', z: 1 }, { quantity: 0 }),
    );
    expect(body.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
      '/currency',
      '/lines/0/quantity',
      '/placedAt',
      '/z',
    ]);
  });

  it.each([
    ['GET', '/v1/key-accounts?asOf=yesterday', 400, 'invalid-request'],
    ['GET', '/v1/key-accounts?limit=501', 400, 'invalid-request'],
    ['GET', '/v1/key-accounts?nonsense=1', 400, 'invalid-request'],
    ['GET', '/v1/accounts?cursor=abc', 400, 'invalid-request'],
    ['GET', '/v1/satisfaction-trends', 400, 'invalid-request'],
    ['GET', '/v1/accounts/nobody', 404, 'account-not-found'],
    ['GET', '/v1/accounts/nobody/events', 404, 'account-not-found'],
    ['GET', '/v1/nothing', 404, 'not-found'],
    ['DELETE', '/v1/accounts', 404, 'not-found'],
    ['POST', '/v1/accounts/nobody/orders', 404, 'account-not-found'],
    ['POST', '/v1/accounts/a%20b/orders', 400, 'invalid-request'],
    ['GET', '/v1/accounts/%E4', 400, 'malformed-request'],
  ])('%s %s is answered with %d', async (method, path, status, code) => {
    const body = method === 'POST' ? order() : undefined;
    expect(await admin.request(method, path, body)).toMatchObject({ status, body: { code } });
  });

  it('other kinds of bodies, keys and preconditions out of form are refused', async () => {
    const path = '/v1/accounts/acme/orders';
    expect(await admin.post(path, 'a=1', { 'content-type': 'application/x-www-form-urlencoded' })).toMatchObject({
      status: 415,
    });
    expect(await admin.post(path, 'a', { 'content-type': 'text/csv' })).toMatchObject({ status: 415 });
    expect(await admin.post(path, order(), { 'idempotency-key': 'k'.repeat(129) })).toMatchObject({ status: 400 });
    expect(await admin.post(path, order(), { 'if-match': 'W/"3"' })).toMatchObject({ status: 400 });
    expect(await admin.get('/v1/accounts', { 'keyledger-min-position': 'x' })).toMatchObject({ status: 400 });
  });

  it.each([
    ['a command', '/v1/accounts', 'application/json'],
    ['an import', '/v1/imports?kind=orders&source=cut', 'application/x-ndjson'],
  ])('%s of which the client leaves in the middle is no fault of the ledger', async (_, path, type) => {
    const before = await events();
    const socket = connect({ port: Number(new URL(ledger.url).port), host: '127.0.0.1' });
    await once(socket, 'connect');
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nContent-Type: ${type}\r\n`;
    socket.write(`${head}Content-Length: 1000\r\n\r\n{"orderId":`);
    // What was sent is read before the connection ends: the request has begun.
    await setTimeout(100);
    socket.destroy();
    await setTimeout(500);
    expect(ledger.output.filter((line) => /"level":"(?:error|warn)"/.test(line))).toEqual([]);
    expect(await events()).toBe(before);
  });
});

describe('A projector that cannot go on', () => {
  it(
    'is started again later each time, which keeps the process from ending no longer than it must',
    async () => {
      const backend = await embedded.open();
      const { environment } = backend;
      const ledger = await LedgerProcess.start(environment);
      // What a newer program might have written.
      await withStores(environment, async ({ eventStore }) => {
        await eventStore.append('account-acme', 'no-stream', sampleEvents(1));
      });
      while (!ledger.output.some((line) => line.includes('It starts again in 8000 ms'))) await setTimeout(50);
      const told = performance.now();
      expect(await ledger.stop()).toBe(0);
      expect(performance.now() - told).toBeLessThan(6_000);
      await backend.close();
    },
    SLOW,
  );
});

describe('A start', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await embedded.open();
  });
  afterAll(() => backend.close());

  it.each([
    ['KEYLEDGER_BASE_CURRENCY', 'gold'],
    ['KEYLEDGER_JWT_AUDIENCE', 'keyledger'],
    ['EVENTSTOREDB_URL', 'esdb://host:port'],
    ['EVENTSTOREDB_URL', 'esdb://host:2113?keepAliveInterval=often'],
    ['MONGODB_URL', 'mongodb://host/keyledger?readConcern=1'],
  ])('stops at a wrong setting with one line that names it: %s=%s', async (name, value) => {
    const { code, stderr } = await runApi({ ...backend.environment, [name]: value });
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(new RegExp(`^keyledger: .*${name}.*\\.$`))]);
  });

  it('stops at a data folder that cannot be used', async () => {
    mkdirSync(backend.folder, { recursive: true });
    const file = join(backend.folder, 'a file');
    writeFileSync(file, '');
    const { code, stderr } = await runApi({ ...backend.environment, KEYLEDGER_DATA_DIR: join(file, 'data') });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^keyledger: The event log cannot be opened/);
    expect(stderr).not.toContain(backend.folder);
  });

  it('stops at a port in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { code, stderr } = await runApi({ ...backend.environment, PORT: String(port) });
    server.close();
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toEqual(['keyledger: PORT is in use by another program.']);
  });

  it(
    'stops when time zone or currency differ from the ledger’s',
    async () => {
      const ledger = await LedgerProcess.start({ ...backend.environment, KEYLEDGER_BASE_CURRENCY: 'EUR' });
      await ledger.stop();
      const { code, stderr } = await runApi({ ...backend.environment, KEYLEDGER_BASE_CURRENCY: 'USD' });
      expect(code).toBe(1);
      expect(stderr).toContain('KEYLEDGER_BASE_CURRENCY is "USD", but this ledger was opened with "EUR" and keeps it.');
    },
    SLOW,
  );

  it(
    'writes no read model by another time zone than the ledger’s',
    async () => {
      const { environment, close } = await embedded.open({ KEYLEDGER_BASE_CURRENCY: 'EUR' });
      const right = { ...environment, KEYLEDGER_TIME_ZONE: 'Asia/Shanghai' };
      const alone = await LedgerProcess.start({ ...right, KEYLEDGER_PROJECTOR: 'none' }, { ready: false });
      await alone.untilReady();
      await alone
        .client()
        .must('POST', '/v1/accounts', { accountId: 'acme', name: 'Acme', at: '2025-01-01T00:00:00Z' });
      // February by then in Shanghai.
      const placed = { ...order(), placedAt: '2025-01-31T20:00:00Z' };
      const last = await alone.client().must('POST', '/v1/accounts/acme/orders', placed);
      await alone.stop();
      const complaint = 'KEYLEDGER_TIME_ZONE is "UTC", but this ledger was opened with "Asia/Shanghai" and keeps it.';
      const api = await runApi(environment);
      expect([api.code, api.stderr.trim()]).toEqual([1, `keyledger: ${complaint}`]);
      const projector = new ProjectorProcess(environment);
      expect(await projector.exit).toBe(1);
      expect(projector.output.join('\n')).toContain(complaint);
      const ledger = await LedgerProcess.start(right);
      const { items } = await ledger.client().ask('/v1/revenue?interval=month&accountId=acme', last);
      expect(items).toMatchObject([{ period: '2025-02' }]);
      await ledger.stop();
      await close();
    },
    SLOW,
  );

  it(
    'waits for servers that are not there: alive, not ready, with the cause, and no crash',
    async () => {
      const ledger = await LedgerProcess.start(
        {
          ...backend.environment,
          EVENTSTOREDB_URL: 'esdb://127.0.0.1:9?tls=false',
          MONGODB_URL: 'mongodb://127.0.0.1:9/keyledger',
        },
        { ready: false },
      );
      expect((await fetch(`${ledger.url}/health/live`)).status).toBe(200);
      const deadline = Date.now() + 20_000;
      let body: string;
      do {
        const ready = await fetch(`${ledger.url}/health/ready`);
        body = await ready.text();
        expect(ready.status).toBe(503);
      } while (!body.includes('cannot be reached') && Date.now() < deadline);
      expect(body).toContain('cannot be reached');
      expect(await ledger.client().get('/v1/accounts')).toMatchObject({ status: 503, body: { code: 'not-ready' } });
      expect(await ledger.stop()).toBe(0);
    },
    SLOW,
  );
});
