import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import type { RecordedEvent } from '#event-sourcing';
import { type Backend, describeOnBackends } from '#test/e2e/backends';
import { type ApiClient, LedgerProcess } from '#test/e2e/ledger-process';
import { parkStreams } from '#test/e2e/parked-streams';
import { type DocumentedRoute, documentedRoutes, exampleBody, filledPath } from './documented-routes.js';
import { WireConnection } from './fuzz/wire-connection.js';
import { RULES } from './who-may-do-what.js';

const SLOW = 300_000;
const ROLES = ['sales', 'manager', 'analyst', 'auditor', 'admin'] as const;
/** Stands in every text of Bob's account. */
const MARK = 'Zorblax';
/** Answers that speak of the ledger as a whole and hold nothing of an account. */
const OF_THE_WHOLE = ['GET /metrics', 'GET /v1/projections', 'GET /v1/api-keys', 'GET /v1/api-keys/{id}'];

/** Answers that hold nothing of an account; what a rebuild tells has a case of its own. */
const OF_NO_ACCOUNT = [
  'GET /v1/exchange-rates',
  'GET /v1/policies',
  'GET /v1/policies/{policyId}',
  'GET /v1/policies/{policyId}/versions/{version}',
  'GET /v1/rebuilds/{rebuildId}',
];

/** What one key of a member may see and change of accounts whose team does not hold the member: nothing, by any route. */
describeOnBackends('A member’s key', (kind) => {
  let backend: Backend;
  let ledger: LedgerProcess;
  let admin: ApiClient;
  let routes: readonly DocumentedRoute[];
  const ann = new Map<string, ApiClient>();

  beforeAll(async () => {
    backend = await kind.open({ KEYLEDGER_BASE_CURRENCY: 'EUR' });
    ledger = await LedgerProcess.start(backend.environment);
    admin = ledger.client();
    routes = await documentedRoutes(admin);
    for (const currency of ['CNY', 'USD']) {
      await admin.must('PUT', `/v1/exchange-rates/${currency}/2000-01-01`, { rate: '0.5' });
    }
    await fill(admin, 'ann-1', 'ann', 'Acme');
    await admin.ask('/v1/accounts', await fill(admin, 'bob-1', 'bob', MARK));
    await quarantineStreams('bob-1');
    for (const role of ROLES) {
      const { body } = await admin.must('POST', '/v1/api-keys', { name: role, role, member: 'ann' });
      ann.set(role, ledger.client(body.key));
    }
  }, SLOW);
  afterAll(async () => {
    await ledger.stop();
    await backend.close();
  }, SLOW);

  /** Two read models have stopped at the account; of one, the event is discarded. */
  async function quarantineStreams(accountId: string): Promise<void> {
    const stream = `account-${accountId}`;
    const stops = [
      { projection: 'agreements.v1', stream, at: ({ type }: RecordedEvent) => type === 'agreement-signed.v1' },
      { projection: 'joint-plans.v1', stream, at: ({ type }: RecordedEvent) => type === 'plan-adopted.v1' },
    ];
    const [, plans] = await parkStreams(backend.environment, stops, `Error: ${MARK}`);
    const order = { eventId: plans?.eventId, reason: MARK };
    await admin.must('POST', `/v1/quarantine/joint-plans/${stream}/discard`, order);
  }

  /** All that the key is told by all routes that answer questions, in every form, asked for both accounts in every way. */
  async function everythingTold(client: ApiClient, role: string): Promise<Map<string, string>> {
    const told = new Map<string, string>();
    const mayAsk = (name: string) => RULES[name]?.includes(role as never) === true && !OF_THE_WHOLE.includes(name);
    for (const route of routes.filter(({ method, name }) => method === 'GET' && mayAsk(name))) {
      for (const accountId of route.path.includes('{accountId}') ? ['ann-1', 'bob-1'] : ['']) {
        const path = filledPath(route.path, { accountId, orderId: 'o-1', policyId: 'standard', version: '1' });
        for (const query of queriesOf(route)) {
          for (const accept of route.exports
            ? ['application/json', 'text/csv', 'application/x-ndjson']
            : ['application/json']) {
            const { body, status, text } = await client.get(`${path}?${query}`, { accept });
            const { knownAt: _, position: __, ...rest } = body ?? {};
            const whole = body === undefined ? text : JSON.stringify(rest);
            const said = status === 200 && ranksIn(route) ? withoutPlaces(whole, accept) : whole;
            told.set(`${route.name}: ${path}?${query} ${accept}`, `${status} ${said}`);
          }
        }
      }
    }
    return told;
  }

  it(
    'is told nothing of others’ accounts, and nothing that depends on them',
    async () => {
      const before = new Map<string, Map<string, string>>();
      for (const [role, client] of ann) before.set(role, await everythingTold(client, role));
      const answers = [...before.values()].reduce((sum, each) => sum + each.size, 0);
      process.stdout.write(`\nmember isolation, ${kind.name}: ${answers} answers compared\n`);
      const wholeBefore = await everythingTold(admin, 'admin');
      for (const told of before.values()) {
        for (const [asked, answer] of told) {
          // A refusal may repeat what was asked for.
          const said = asked.includes('bob-1') ? answer.replaceAll('bob-1', '') : answer;
          expect([asked, said.includes(MARK) || /\bbob\b/.test(said)]).toEqual([asked, false]);
          if (asked.includes('/bob-1') || asked.includes('accountId=bob-1'))
            expect([asked, answer]).toEqual([asked, expect.stringMatching(/^404 .*account-not-found/)]);
        }
      }
      await fill(admin, 'bob-2', 'bob', MARK);
      const placed = {
        placedAt: '2025-08-01T00:00:00Z',
        currency: 'EUR',
        lines: [{ sku: MARK, quantity: 9, unitPrice: '77777' }],
      };
      await admin.must('POST', '/v1/accounts/bob-1/orders', placed);
      await admin.must('POST', '/v1/accounts/bob-1/surveys', {
        metric: 'csat',
        score: 1,
        scoredAt: '2025-08-01T00:00:00Z',
      });
      await quarantineStreams('bob-2');
      const last = await admin.must('PATCH', '/v1/accounts/bob-1', {
        name: `${MARK} 2`,
        groupId: 'group',
        reason: 'sold',
      });
      await admin.ask('/v1/accounts', last);
      const wholeAfter = await everythingTold(admin, 'admin');
      const changed = [...wholeAfter].filter(([asked, answer]) => wholeBefore.get(asked) !== answer);
      // What Bob's accounts did is visible to those who see all: else the comparison below would prove nothing.
      const showing = new Set(changed.map(([asked]) => asked.split(':')[0]));
      const spanning = new Set([...wholeAfter.keys()].map((asked) => asked.split(':')[0] ?? ''));
      const unchanged = [...spanning].filter((name) => !showing.has(name) && !name.includes('{accountId}'));
      expect(unchanged.sort()).toEqual(OF_NO_ACCOUNT);
      for (const [role, client] of ann) {
        const after = await everythingTold(client, role);
        for (const [asked, answer] of after)
          expect([role, asked, answer]).toEqual([role, asked, before.get(role)?.get(asked)]);
      }
    },
    SLOW,
  );

  it(
    'changes nothing of others’ accounts, by any command and by imports',
    async () => {
      const events = async () => (await admin.get('/v1/accounts/bob-1/events?limit=500')).body.items.length;
      const count = await events();
      const values = { accountId: 'bob-1', orderId: 'o-1', contactId: 'c-1', agreementId: 'a-1', member: 'bob' };
      const commands = routes.filter(({ method, path }) => method !== 'GET' && path.includes('{accountId}'));
      expect(commands.length).toBeGreaterThan(15);
      for (const role of ['sales', 'manager', 'admin']) {
        const client = ann.get(role)!;
        for (const route of commands) {
          const answer = await client.request(route.method, filledPath(route.path, values), exampleBody(route, values));
          expect([role, route.name, answer.status, answer.body.code]).toEqual([
            role,
            route.name,
            404,
            'account-not-found',
          ]);
        }
        const taken = await client.post('/v1/accounts', {
          accountId: 'bob-1',
          name: 'Mine',
          at: '2020-01-01T00:00:00Z',
        });
        expect([taken.status, taken.text.includes(MARK)]).toEqual([409, false]);
        const rows =
          'accountId,visitId,channel,visitedAt\nbob-1,v-9,phone,2025-06-01T00:00:00Z\nann-1,v-9,phone,2025-06-01T00:00:00Z\n';
        const { body } = await client.request('POST', '/v1/imports?kind=visits', rows, { 'content-type': 'text/csv' });
        expect(body.documents.rejected).toBe(1);
        expect(body.errors).toMatchObject([{ row: 1, code: expect.stringMatching(/not-found|id-exists/) }]);
        const names = 'accountId,name\nbob-1,Mine\n';
        const named = await client.request('POST', '/v1/imports?kind=accounts', names, { 'content-type': 'text/csv' });
        expect(named.body.documents).toMatchObject({ accepted: 0, rejected: 1 });
        expect(named.text).not.toContain(MARK);
      }
      expect(await events()).toBe(count);
    },
    SLOW,
  );

  it(
    'neither sees nor settles what is quarantined of others’ accounts, nor what a rebuild found in their documents',
    async () => {
      const client = ann.get('admin')!;
      const items = (await admin.get('/v1/quarantine')).body.items as Record<string, string>[];
      const parked = items.find(({ projection, stream }) => projection === 'agreements' && stream === 'account-bob-1')!;
      const path = '/v1/quarantine/agreements/account-bob-1';
      const refused = { status: 404, body: { code: 'not-quarantined' } };
      expect(await client.post(`${path}/redrive`)).toMatchObject(refused);
      expect(await client.post(`${path}/discard`, { eventId: parked.eventId, reason: 'Mine.' })).toMatchObject(refused);
      expect((await client.get('/v1/quarantine')).body.items).toEqual([]);
      expect((await admin.get('/v1/quarantine')).body.items).toEqual(items);
      expect((await client.get('/v1/projections')).text).not.toContain('bob');
      // Held back from the documents that serve, and in the new ones.
      const agreement = {
        agreementId: 'a-9',
        signedAt: '2025-06-03T00:00:00Z',
        start: '2025-07-01',
        end: '2027-01-01',
      };
      const terms = [{ kind: 'other', text: MARK }];
      await admin.must('POST', '/v1/accounts/bob-1/agreements', { ...agreement, terms });
      const { body } = await client.must('POST', '/v1/projections/agreements/rebuild', { switch: 'never' });
      const rebuild = async (of: ApiClient) => (await of.get(`/v1/rebuilds/${body.rebuildId}`)).body;
      await until(async () => (await rebuild(admin)).phase === 'compared');
      expect(JSON.stringify((await rebuild(admin)).differences)).toContain('bob-1');
      const told = await rebuild(client);
      expect([told.differing > 0, JSON.stringify(told).includes('bob'), 'differences' in told]).toEqual([
        true,
        false,
        false,
      ]);
      await client.must('DELETE', `/v1/rebuilds/${body.rebuildId}`);
    },
    SLOW,
  );

  it('learns neither revisions of others’ accounts nor what was sent to them under a key', async () => {
    const sales = ann.get('sales')!;
    const visit = { visitId: 'v-key', channel: 'phone', visitedAt: '2025-06-02T00:00:00Z' };
    const account = { accountId: 'bob-3', name: MARK, at: '2025-01-01T00:00:00Z' };
    const under = (key: string) => ({ 'idempotency-key': key });
    await admin.must('POST', '/v1/accounts', account, under('registered'));
    await admin.must('POST', '/v1/accounts/bob-1/visits', visit, under('visited'));
    const refused = { status: 404, body: { code: 'account-not-found' } };
    const taken = { status: 409, body: { code: 'id-exists' } };
    expect(await sales.request('POST', '/v1/accounts/bob-1/visits', visit, under('visited'))).toMatchObject(refused);
    const other = { ...visit, visitId: 'v-other' };
    expect(await sales.request('POST', '/v1/accounts/bob-1/visits', other, under('visited'))).toMatchObject(refused);
    for (const headers of [{}, under('registered'), { 'if-match': '"7"' }, { ...under('other'), 'if-match': '"0"' }]) {
      const answer = await sales.request('POST', '/v1/accounts', account, headers);
      expect(answer).toMatchObject(taken);
      expect(answer.body.revision).toBeUndefined();
    }
  });

  it('works nothing out of others’ sums by a policy that it drafts', async () => {
    const { example } = routes.find(({ name }) => name === 'POST /v1/policies')!.body!;
    const body = { ...(example as object), policyId: 'probe', effectiveFrom: undefined };
    await admin.ask('/v1/policies', await ann.get('analyst')!.must('POST', '/v1/policies', body));
    const ranking = '/v1/key-accounts?policy=probe&version=1';
    for (const client of ann.values()) {
      expect(await client.get(ranking)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    }
    expect((await admin.get(ranking)).status).toBe(200);
  });

  it('makes no key that sees more than it does', async () => {
    const client = ann.get('admin')!;
    const other = await client.post('/v1/api-keys', { name: 'more', role: 'admin', member: 'bob' });
    expect(other).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    for (const member of [undefined, null, 'ann']) {
      const { body, status } = await client.post('/v1/api-keys', { name: 'as much', role: 'admin', member });
      expect([status, body.member]).toEqual([201, 'ann']);
      expect((await ledger.client(body.key).get('/v1/accounts/bob-1')).status).toBe(404);
    }
  });

  it('does not come nearer by odd ways to write an address', async () => {
    const { body } = await admin.must('POST', '/v1/api-keys', { name: 'odd', role: 'sales', member: 'ann' });
    const connection = new WireConnection(Number(new URL(ledger.url).port), 10_000);
    const ODD = [
      '/v1/accounts/bob%2D1',
      '/v1/accounts/%62ob-1',
      '/v1/accounts/%2562ob-1',
      '/v1/accounts/ann-1/../bob-1',
      '/v1/accounts/ann-1/%2e%2e/bob-1',
      '/v1/accounts/ann-1%2f..%2fbob-1',
      '/v1/accounts/ann-1%2F%2E%2E%2Fbob-1/orders',
      '/v1/accounts/./bob-1',
      '/v1/accounts/bob-1/',
      '/v1/accounts//bob-1',
      '//v1/accounts/bob-1',
      '/v1/accounts/bob-1%00',
      '/v1/accounts/bob-1%20',
      '/v1/accounts/BOB-1',
      '/v1/accounts/%EF%BD%82ob-1',
      '/v1/accounts/ann-1;/../bob-1',
      '/v1/accounts/ann-1?accountId=bob-1',
      '/v1/accounts/ann-1?accountId[]=bob-1',
      '/v1/accounts/ann-1/orders?accountId=bob-1',
      '/v1/accounts/bob-1?accountId=ann-1',
      '/v1/revenue?accountId=ann-1&accountId=bob-1',
      '/v1/revenue?accountId[]=bob-1',
      '/v1/revenue?accountId%00=bob-1',
      '/v1/satisfaction-trends?metric=csat&accountId=%62ob-1',
      '/v1/stage-transitions?accountId=bob-1%00',
      '/v1/ACCOUNTS/bob-1',
      'http://elsewhere/v1/accounts/bob-1',
    ];
    for (const target of ODD) {
      const head = `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${body.key}\r\nX-Original-URL: /v1/accounts/bob-1\r\n\r\n`;
      const answer = await connection.send({
        method: 'GET',
        bytes: Buffer.from(head),
        breaksConnection: false,
        asksForPosition: false,
      });
      expect([target, [400, 404].includes(answer.status), answer.text.includes(MARK)]).toEqual([target, true, false]);
    }
    connection.close();
  });
});

/** Where an account stands among all is what a ranking is there to say: SECURITY.md. What it measures there is not. */
function withoutPlaces(text: string, accept: string): string {
  const places = ['rank', 'score', 'points', 'contribution', 'tier', 'candidate'];
  const reread = (json: string) => JSON.parse(json, (key, value) => (places.includes(key) ? null : value));
  if (accept === 'application/json') return JSON.stringify(reread(text));
  const lines =
    accept === 'text/csv'
      ? (parse(text, { columns: true }) as Record<string, string>[]).map((row) =>
          'contributions' in row ? { ...row, contributions: reread(row.contributions ?? 'null') } : row,
        )
      : text
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => reread(line));
  return JSON.stringify(reread(JSON.stringify(lines)));
}

/** Routes whose answers say where accounts stand. */
function ranksIn({ name }: DocumentedRoute): boolean {
  return ['GET /v1/key-accounts', 'GET /v1/accounts', 'GET /v1/accounts/{accountId}'].includes(name);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 60_000; !(await holds()); ) {
    if (Date.now() > deadline) throw new Error('it did not come to that');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Facts of all kinds on one account. */
async function fill(admin: ApiClient, accountId: string, member: string, mark: string) {
  const at = '2025-01-01T00:00:00Z';
  const path = `/v1/accounts/${accountId}`;
  const profile = { industry: mark, region: mark, externalIds: { erp: mark }, tags: [mark], groupId: 'group' };
  await admin.must('POST', '/v1/accounts', { accountId, name: mark, ...profile, at });
  await admin.must('POST', `${path}/team`, { member, role: 'key-account-manager', at });
  await admin.must('POST', `${path}/contacts`, {
    contactId: 'c-1',
    name: mark,
    role: 'purchaser',
    email: `${mark}@example.org`,
    at,
  });
  const lines = [{ sku: mark, quantity: 2, unitPrice: '100', unitCost: '40', description: mark }];
  for (const [n, placedAt] of ['2025-02-01T00:00:00Z', '2025-03-01T00:00:00Z', '2025-04-01T00:00:00Z'].entries()) {
    await admin.must('POST', `${path}/orders`, { orderId: `o-${n}`, placedAt, currency: 'EUR', channel: mark, lines });
  }
  const returned = {
    returnId: 'r-1',
    returnedAt: '2025-04-02T00:00:00Z',
    lines: [{ lineNo: 1, quantity: 1 }],
    reason: mark,
  };
  await admin.must('POST', `${path}/orders/o-1/returns`, returned);
  const credit = { creditNoteId: 'n-1', issuedAt: '2025-04-03T00:00:00Z', currency: 'EUR', reason: mark };
  await admin.must('POST', `${path}/credit-notes`, { ...credit, lines: [{ sku: mark, quantity: 1, unitPrice: '10' }] });
  await admin.must('PUT', `${path}/cadence`, { every: 'P1M', at });
  await admin.must('POST', `${path}/visits`, {
    visitId: 'v-1',
    channel: 'phone',
    visitedAt: '2025-03-01T00:00:00Z',
    summary: mark,
  });
  for (const score of [5, 4, 4, 5, 5, 3]) {
    await admin.must('POST', `${path}/surveys`, {
      metric: 'csat',
      score,
      scoredAt: '2025-03-02T00:00:00Z',
      comment: mark,
    });
  }
  await admin.must('POST', `${path}/appraisals`, { criterion: 'potential', points: 8, at, evidence: mark });
  // One that no other account has: its very name tells something.
  await admin.must('POST', `${path}/appraisals`, { criterion: `fit-for-${mark}`, points: 6, at });
  const agreement = { agreementId: 'a-1', signedAt: at, start: '2025-01-01', end: '2027-01-01' };
  await admin.must('POST', `${path}/agreements`, { ...agreement, terms: [{ kind: 'other', text: mark }] });
  await admin.must('POST', `${path}/plans`, { planId: 'p-1', adoptedAt: at, objectives: [{ text: mark }] });
  return admin.must('POST', `${path}/stage-transitions`, {
    to: 'cooperative',
    at: '2025-06-01T00:00:00Z',
    override: true,
    reason: mark,
  });
}

/** Query strings that a route takes: none, the required ones, and each filter with what is Bob's. */
function queriesOf(route: DocumentedRoute): string[] {
  const names = route.parameters.filter((each) => each.in === 'query');
  const required = names
    .filter((each) => each.required)
    .map(({ name }) => (name === 'metric' ? 'metric=csat' : `${name}=1`));
  const bobs: Record<string, string> = {
    accountId: 'bob-1',
    owner: 'bob',
    q: MARK,
    region: MARK,
    until: '2030-01-01',
    tier: 'key',
    // Facts of the window that rankings look at.
    asOf: '2025-09-01',
  };
  const filters = names.filter(({ name }) => name in bobs).map(({ name }) => `${name}=${bobs[name]}`);
  return ['', ...filters].map((filter) => [...required, ...(filter === '' ? [] : [filter])].join('&'));
}
