import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Backend, describeOnBackends } from './backends.js';
import { type ApiClient, LedgerProcess } from './ledger-process.js';

const SLOW = 60_000;

describeOnBackends('The main job', (kind) => {
  let backend: Backend;
  let ledger: LedgerProcess;
  let admin: ApiClient;

  beforeAll(async () => {
    backend = await kind.open({ KEYLEDGER_BASE_CURRENCY: 'EUR', KEYLEDGER_TIME_ZONE: 'Europe/Berlin' });
    ledger = await LedgerProcess.start(backend.environment);
    admin = ledger.client();
  }, SLOW);
  afterAll(async () => {
    await ledger.stop();
    await backend.close();
  }, SLOW);

  it(
    'registers, orders, visits, surveys, and shows all of it in the ranking and the portrait',
    async () => {
      await admin.must('POST', '/v1/accounts', {
        accountId: 'acme',
        name: 'Acme',
        region: 'north',
        at: '2025-01-01T00:00:00Z',
      });
      await admin.must('POST', '/v1/accounts', {
        accountId: 'beta',
        name: 'Beta',
        region: 'south',
        at: '2025-01-01T00:00:00Z',
      });
      for (let month = 1; month <= 12; month++) {
        const placedAt = `2025-${String(month).padStart(2, '0')}-10T10:00:00+01:00`;
        await admin.must('POST', '/v1/accounts/acme/orders', {
          placedAt,
          currency: 'EUR',
          lines: [{ sku: 'A', quantity: 2, unitPrice: '50.5', unitCost: '20' }],
        });
      }
      await admin.must('POST', '/v1/accounts/beta/orders', {
        orderId: 'b-1',
        placedAt: '2025-12-01T00:30:00+01:00',
        currency: 'EUR',
        lines: [{ sku: 'B', quantity: '1.5', unitPrice: '10', discountAmount: '1', unitCost: '4' }],
      });
      await admin.must('PUT', '/v1/accounts/acme/cadence', { every: 'P1M', at: '2025-06-01T00:00:00Z' });
      await admin.must('POST', '/v1/accounts/acme/visits', { channel: 'on-site', visitedAt: '2025-12-10T10:00:00Z' });
      await admin.must('POST', '/v1/accounts/acme/appraisals', {
        criterion: 'potential',
        points: 8,
        at: '2025-12-01T00:00:00Z',
      });
      let last = await admin.must('POST', '/v1/accounts/acme/surveys', {
        metric: 'csat',
        score: 5,
        scoredAt: '2025-12-01T00:00:00Z',
      });
      for (const score of [5, 4, 4, 2]) {
        last = await admin.must('POST', '/v1/accounts/acme/surveys', {
          metric: 'csat',
          score,
          scoredAt: '2025-12-02T00:00:00Z',
        });
      }
      const ranking = await admin.ask('/v1/key-accounts?asOf=2025-12-31', last);
      expect(ranking.policy).toEqual({ policyId: 'standard', version: 1 });
      expect(
        ranking.items.map(({ rank, accountId, tier }: Record<string, unknown>) => [rank, accountId, tier]),
      ).toEqual([
        [1, 'acme', 'key'],
        [2, 'beta', 'regular'],
      ]);
      const [acme] = ranking.items;
      expect(acme.metrics).toMatchObject({
        revenue: '1212',
        grossProfit: '732',
        orderCount: 12,
        activeMonths: 12,
        csat: 80,
        'appraisal:potential': 8,
      });
      expect(acme.gates).toEqual([{ metric: 'activeMonths', op: '>=', value: 6, actual: 12, passed: true }]);
      const sum = acme.contributions.reduce(
        (total: number, { contribution }: { contribution: number | null }) => total + (contribution ?? 0),
        0,
      );
      expect(sum).toBeCloseTo(acme.score, 9);
      const revenue = await admin.ask('/v1/revenue?since=2025-12-01&until=2025-12-31', last);
      // b-1 was placed at half past midnight in Berlin, which is still November in UTC.
      expect(revenue).toMatchObject({
        items: [{ period: '2025-12', revenue: '115', grossProfit: '69', orders: 2, creditNotes: 0 }],
      });
      const portrait = await admin.ask('/v1/accounts/acme', last);
      expect(portrait).toMatchObject({ accountId: 'acme', name: 'Acme' });
      const due = await admin.ask('/v1/visits/due?asOf=2026-01-09&until=2026-01-10', last);
      expect(due.items).toMatchObject([{ accountId: 'acme', dueOn: '2026-01-10', overdue: false }]);
    },
    SLOW,
  );

  it(
    'moves a customer through the stages when the guards are met',
    async () => {
      const refused = await admin.post('/v1/accounts/beta/stage-transitions', {
        to: 'cooperative',
        at: '2025-12-31T00:00:00Z',
      });
      expect(refused).toMatchObject({
        status: 422,
        body: { code: 'stage-guard', unmet: [{ guard: 'orders-in-12-months', required: 3, actual: 1 }] },
      });
      const moved = await admin.must('POST', '/v1/accounts/acme/stage-transitions', {
        to: 'cooperative',
        at: '2025-12-31T00:00:00Z',
      });
      const transitions = await admin.ask('/v1/stage-transitions', moved);
      expect(transitions.items).toMatchObject([
        { accountId: 'acme', from: 'exploratory', to: 'cooperative', daysInFrom: 364 },
      ]);
      const stages = await admin.ask('/v1/relationship-stages?asOf=2026-01-10&since=2025-06-01', moved);
      expect(stages.matrix).toContainEqual({ from: 'exploratory', to: 'cooperative', accounts: 1 });
    },
    SLOW,
  );

  it('encrypts what belongs to a person from the first event on', async () => {
    const added = await admin.must('POST', '/v1/accounts/acme/contacts', {
      contactId: 'ann',
      name: 'Ann Unmistakable',
      role: 'decision-maker',
      email: 'ann@unmistakable.example',
    });
    const history = await admin.ask('/v1/accounts/acme/events?types=contact-added.v1', added);
    expect(history.items).toHaveLength(1);
    expect(JSON.stringify(history)).not.toMatch(/unmistakable/i);
    const portrait = await admin.ask('/v1/accounts/acme', added);
    expect(JSON.stringify(portrait)).toContain('Ann Unmistakable');
  });

  it('gives the same answer to the same key, and refuses another body', async () => {
    const body = {
      placedAt: '2025-11-01T00:00:00Z',
      currency: 'EUR',
      lines: [{ sku: 'A', quantity: 1, unitPrice: '1' }],
    };
    const headers = { 'idempotency-key': 'order of november' };
    const first = await admin.post('/v1/accounts/beta/orders', body, headers);
    const again = await admin.post('/v1/accounts/beta/orders', body, headers);
    expect(first.status).toBe(201);
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    const other = await admin.post('/v1/accounts/beta/orders', { ...body, channel: 'web' }, headers);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
  });

  it('holds a command to the revision of If-Match', async () => {
    const { body } = await admin.must('POST', '/v1/accounts/beta/appraisals', {
      criterion: 'potential',
      points: 3,
      at: '2025-12-01T00:00:00Z',
    });
    const appraisal = { criterion: 'potential', points: 4, at: '2025-12-02T00:00:00Z' };
    const stale = await admin.post('/v1/accounts/beta/appraisals', appraisal, { 'if-match': `"${body.revision - 1}"` });
    expect(stale).toMatchObject({ status: 412, body: { code: 'revision-mismatch', revision: body.revision } });
    const taken = await admin.post('/v1/accounts/beta/appraisals', appraisal, { 'if-match': `"${body.revision}"` });
    expect(taken.headers.get('etag')).toBe(`"${body.revision + 1}"`);
  });

  it('exports the whole list as CSV and NDJSON, and pages it by cursor', async () => {
    const json = await admin.get('/v1/key-accounts?asOf=2025-12-31&limit=1');
    const next = await admin.get(`/v1/key-accounts?asOf=2025-12-31&limit=1&cursor=${json.body.nextCursor}`);
    expect([...json.body.items, ...next.body.items].map(({ accountId }) => accountId)).toEqual(['acme', 'beta']);
    expect(next.body.nextCursor).toBeNull();
    const ndjson = await admin.get('/v1/key-accounts?asOf=2025-12-31', { accept: 'application/x-ndjson' });
    expect(
      ndjson.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([...json.body.items, ...next.body.items]);
    const csv = await admin.get('/v1/key-accounts?asOf=2025-12-31', { accept: 'text/csv' });
    expect(csv.headers.get('content-type')).toContain('text/csv');
    expect(csv.text.split('\r\n')[0]).toMatch(/^rank,accountId,name,score,/);
    const foreign = await admin.get(`/v1/key-accounts?asOf=2025-12-30&limit=1&cursor=${json.body.nextCursor}`);
    expect(foreign).toMatchObject({ status: 400, body: { errors: [{ path: '/cursor', code: 'invalid-cursor' }] } });
  });

  it('says so rather than answer with old news', async () => {
    const behind = await admin.get('/v1/key-accounts', {
      'keyledger-min-position': '999999999999999999',
      prefer: 'wait=1',
    });
    expect(behind).toMatchObject({
      status: 503,
      body: {
        code: 'projection-behind',
        minPosition: '999999999999999999',
        position: expect.stringMatching(/^[0-9]+$/),
      },
    });
  });

  describe('roles', () => {
    it('keep to what they hold', async () => {
      const clients = new Map<string, ApiClient>();
      for (const role of ['sales', 'manager', 'analyst', 'auditor']) {
        const { body } = await admin.must('POST', '/v1/api-keys', { name: role, role });
        clients.set(role, ledger.client(body.key));
      }
      const status = async (role: string, method: string, path: string, body?: unknown) =>
        (await clients.get(role)!.request(method, path, body)).status;
      const account = { name: 'X' };
      expect(await status('analyst', 'POST', '/v1/accounts', account)).toBe(403);
      expect(await status('auditor', 'POST', '/v1/accounts', account)).toBe(403);
      expect(await status('sales', 'POST', '/v1/accounts', account)).toBe(201);
      expect(await status('analyst', 'GET', '/v1/key-accounts')).toBe(200);
      expect(await status('analyst', 'GET', '/v1/accounts/acme/events')).toBe(403);
      expect(await status('auditor', 'GET', '/v1/accounts/acme/events')).toBe(200);
      expect(await status('manager', 'POST', '/v1/api-keys', { name: 'x', role: 'admin' })).toBe(403);
      const anonymous = await fetch(`${ledger.url}/v1/key-accounts`);
      expect(anonymous.status).toBe(401);
      expect(anonymous.headers.get('content-type')).toContain('application/problem+json');
      expect((await fetch(`${ledger.url}/health/live`)).status).toBe(200);
    });

    it('with a member see and change their own accounts only', async () => {
      const { body } = await admin.must('POST', '/v1/api-keys', { name: 'Lee', role: 'sales', member: 'lee' });
      const lee = ledger.client(body.key);
      expect(
        (await lee.post('/v1/accounts/beta/visits', { channel: 'phone', visitedAt: '2025-12-01T00:00:00Z' })).status,
      ).toBe(404);
      const assigned = await admin.must('POST', '/v1/accounts/beta/team', {
        member: 'lee',
        role: 'key-account-manager',
      });
      expect(
        (await lee.post('/v1/accounts/beta/visits', { channel: 'phone', visitedAt: '2025-12-01T00:00:00Z' })).status,
      ).toBe(201);
      const seen = await lee.ask('/v1/accounts', assigned);
      expect(seen.items.map(({ accountId }: { accountId: string }) => accountId)).toEqual(['beta']);
      expect((await lee.get('/v1/accounts/acme')).status).toBe(404);
      expect((await lee.get('/v1/revenue?accountId=acme')).status).toBe(404);
      expect((await lee.get('/v1/accounts/acme/events')).status).toBe(404);
      await admin.must('DELETE', `/v1/api-keys/${body.id}`);
      expect((await lee.get('/v1/accounts')).status).toBe(401);
    });
  });

  it(
    'keeps everything over a restart',
    async () => {
      const before = await admin.get('/v1/key-accounts?asOf=2025-12-31');
      expect(await ledger.stop()).toBe(0);
      ledger = await LedgerProcess.start(backend.environment);
      admin = ledger.client();
      const after = await admin.ask('/v1/key-accounts?asOf=2025-12-31', before.body.position);
      expect(after).toEqual(before.body);
    },
    SLOW,
  );

  it('describes itself', async () => {
    const answer = await admin.get('/openapi.json');
    expect(answer.body.openapi).toBe('3.1.0');
    const orders = answer.body.paths['/v1/accounts/{accountId}/orders'];
    // Clients are made from these names.
    expect([orders.get.operationId, orders.post.operationId]).toEqual(['orders_orders', 'orders_placeOrder']);
    expect((await admin.get('/docs')).text).toContain('swagger');
    expect((await admin.get('/metrics')).text).toContain('keyledger_projection_lag_events');
    const projections = await admin.get('/v1/projections');
    expect(projections.body.items.length).toBeGreaterThan(5);
  });
});
