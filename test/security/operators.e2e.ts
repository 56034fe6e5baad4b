import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Backend, describeOnBackends } from '#test/e2e/backends';
import { type ApiClient, LedgerProcess } from '#test/e2e/ledger-process';
import { streamedList } from '#test/e2e/whole-list';
import { documentedRoutes, filledPath } from './documented-routes.js';

const SLOW = 120_000;
const AT = '2025-01-01T00:00:00Z';
/** Ids that mean something to JavaScript, to paths or to stores. */
const IDS = [
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  'a.b',
  'a..b',
  '...',
  '-',
  ':',
  '_id',
  '0',
  '-1',
];
/** Texts that mean something to a query language. */
const TEXTS = [
  '$ne',
  '$where',
  '{"$gt":""}',
  '{ $ne: null }',
  "' OR '1'='1",
  '"; DROP TABLE accounts; --',
  '%',
  '_%',
  '$name',
  'a.b',
  '__proto__',
  'constructor',
  '[object Object]',
  '*',
  '\\',
  '\\u0000',
];

/** Ids, filters and names of members are data, whatever they look like: never an operator, a path or a prototype. */
describeOnBackends('Operators', (kind) => {
  let backend: Backend;
  let ledger: LedgerProcess;
  let admin: ApiClient;

  beforeAll(async () => {
    backend = await kind.open({ KEYLEDGER_BASE_CURRENCY: 'EUR' });
    ledger = await LedgerProcess.start(backend.environment);
    admin = ledger.client();
  }, SLOW);
  afterAll(async () => {
    await ledger.stop();
    await backend.close();
  }, SLOW);

  it(
    'ids and texts that look like operators come back as they were, each on its own account only',
    async () => {
      let last = await admin.must('POST', '/v1/accounts', {
        accountId: 'plain',
        name: 'Plain',
        region: 'north',
        at: AT,
      });
      for (const [n, id] of IDS.entries()) {
        const text = TEXTS[n % TEXTS.length]!;
        const externalIds = { 'a.b': text, constructor: text, toString: text, _id: text };
        await admin.must('POST', '/v1/accounts', {
          accountId: id,
          name: text,
          region: text,
          industry: text,
          tags: TEXTS,
          externalIds,
          at: AT,
        });
        const path = `/v1/accounts/${encodeURIComponent(id)}`;
        await admin.must('POST', `${path}/team`, { member: id, role: 'sales', at: AT });
        const lines = [
          { sku: '__proto__', quantity: 1, unitPrice: '1' },
          { sku: '$inc', quantity: 1, unitPrice: '1' },
        ];
        await admin.must('POST', `${path}/orders`, {
          orderId: id,
          placedAt: AT,
          currency: 'EUR',
          channel: text,
          lines,
        });
        await admin.must('POST', `${path}/contacts`, {
          contactId: id,
          name: text,
          role: 'user',
          preferences: text,
          at: AT,
        });
        await admin.must('POST', `${path}/surveys`, {
          surveyId: id,
          metric: 'csat',
          score: 4,
          scoredAt: AT,
          respondent: id,
        });
        await admin.must('POST', `${path}/appraisals`, { criterion: 'constructor', points: 3, at: AT });
        last = await admin.must('POST', `${path}/appraisals`, { criterion: '__proto__', points: 3, at: AT });
      }
      await admin.ask('/v1/accounts', last);
      for (const [n, id] of IDS.entries()) {
        const text = TEXTS[n % TEXTS.length]!;
        const { body } = await admin.get(`/v1/accounts/${encodeURIComponent(id)}`);
        const externalIds = { 'a.b': text, constructor: text, toString: text, _id: text };
        expect(body).toMatchObject({
          accountId: id,
          name: text,
          region: text,
          industry: text,
          tags: [...TEXTS].sort(),
        });
        expect(Object.entries(body.externalIds).sort()).toEqual(Object.entries(externalIds).sort());
        const { body: order } = await admin.get(
          `/v1/accounts/${encodeURIComponent(id)}/orders/${encodeURIComponent(id)}`,
        );
        expect(order).toMatchObject({ orderId: id, lines: [{ sku: '__proto__' }, { sku: '$inc' }] });
        const { body: owned } = await admin.get(`/v1/accounts?owner=${encodeURIComponent(id)}`);
        expect(owned.items.map(({ accountId }: { accountId: string }) => accountId)).toEqual([id]);
      }
      expect((await streamedList(admin, '/v1/accounts', '0')).length).toBe(IDS.length + 1);
      expect((await admin.get('/v1/key-accounts?asOf=2025-12-31')).body.items).toHaveLength(IDS.length + 1);
    },
    SLOW,
  );

  it(
    'a filter finds what equals it, and nothing else, whatever it looks like',
    async () => {
      const all = await streamedList(admin, '/v1/accounts', '0');
      const filter = fc.oneof(fc.constantFrom(...TEXTS, ...IDS, 'north'), fc.string(), fc.string({ unit: 'grapheme' }));
      await fc.assert(
        fc.asyncProperty(fc.constantFrom('region', 'owner', 'tier', 'stage'), filter, async (name, value) => {
          const { body, status } = await admin.get(`/v1/accounts?limit=500&${name}=${encodeURIComponent(value)}`);
          // What no account can have is refused; what looks like an operator, but can be a region or an owner, is taken.
          const canBe = name === 'region' ? TEXTS.includes(value) : name === 'owner' && IDS.includes(value);
          if (status === 400 && !canBe) return;
          expect([name, value, status]).toEqual([name, value, 200]);
          const expected = all.filter((account) => (account as Record<string, unknown>)[name] === value);
          expect(body.items).toEqual(expected);
        }),
        { numRuns: 150 },
      );
    },
    SLOW,
  );

  it(
    'no parameter can be an object, a list or given twice',
    async () => {
      for (const route of (await documentedRoutes(admin)).filter(({ method }) => method === 'GET')) {
        const path = filledPath(route.path, {
          accountId: 'plain',
          orderId: 'constructor',
          policyId: 'standard',
          version: '1',
        });
        for (const { name } of route.parameters.filter((each) => each.in === 'query')) {
          for (const query of [
            `${name}[$ne]=x`,
            `${name}[]=x`,
            `${name}[$gt]=`,
            `${name}.$ne=x`,
            `${name}=a&${name}=b`,
            `__proto__[x]=y&${name}[__proto__]=y`,
          ]) {
            const answer = await admin.get(`${path}?${query}`);
            expect([route.name, query, answer.status, answer.body?.code]).toEqual([
              route.name,
              query,
              400,
              'invalid-request',
            ]);
          }
        }
      }
    },
    SLOW,
  );

  it('no body can put an operator or a prototype in the place of a text', async () => {
    const bodies = [
      '{"name": {"$ne": null}}',
      '{"name": ["$where"]}',
      '{"name": "x", "region": {"$gt": ""}}',
      '{"name": "x", "tags": [{"$ne": 1}]}',
      '{"name": "x", "tags": {"$each": ["a"]}}',
      '{"name": "x", "externalIds": {"$set": "a"}}',
      '{"name": "x", "externalIds": {"__proto__": "a"}}',
      '{"name": "x", "externalIds": {"a": {"$ne": 1}}}',
      '{"name": "x", "accountId": {"$ne": 1}}',
      '{"name": "x", "__proto__": {"role": "admin"}}',
      '{"name": "x", "constructor": {"prototype": {"polluted": 1}}}',
      '{"name": "x", "$where": "sleep(1)"}',
      '{"name": "x", "\\u005f\\u005fproto__": {"polluted": 1}}',
    ];
    const before = (await streamedList(admin, '/v1/accounts', '0')).length;
    for (const body of bodies) {
      const answer = await admin.post('/v1/accounts', body);
      expect([body, answer.status]).toEqual([body, 400]);
    }
    const key = await admin.post('/v1/api-keys', '{"name": "x", "role": {"$ne": "sales"}}');
    expect(key.status).toBe(400);
    const made = await admin.must('POST', '/v1/accounts', { accountId: 'after', name: 'After', at: AT });
    const after = await admin.ask('/v1/accounts/after', made);
    expect(JSON.stringify(after)).not.toContain('polluted');
    expect((await streamedList(admin, '/v1/accounts', '0')).length).toBe(before + 1);
  });
});
