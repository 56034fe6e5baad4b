import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { contentHash } from '#event-sourcing';
import { type Backend, describeOnBackends } from '#test/e2e/backends';
import { type ApiClient, LedgerProcess } from '#test/e2e/ledger-process';
import { documentedRoutes, filledPath } from './documented-routes.js';

const SLOW = 120_000;
/** Stands in the forged cursors, and must not come into the log. */
const MARK = 'Zorblax';

/** A list as it is asked here, and what is needed to compute the check of its cursors. */
interface List {
  readonly query: string;
  readonly filters?: Readonly<Record<string, string>>;
  /** The values of a cursor as the list gives them out. */
  readonly own: string;
}

const OF_ACME = { accountId: 'acme' };
const LISTS: readonly (readonly [route: string, list: List])[] = [
  ['GET /v1/accounts', { query: 'AccountListQuery', own: '["Acme","acme"]' }],
  ['GET /v1/accounts', { query: 'AccountListQuery', filters: { sort: 'accountId' }, own: '["acme"]' }],
  ['GET /v1/accounts', { query: 'AccountListQuery', filters: { sort: '-region' }, own: '[null,"acme"]' }],
  // Looks at all accounts, and finds its place among them itself.
  ['GET /v1/accounts', { query: 'AccountListQuery', filters: { tier: 'key' }, own: '["Acme","acme"]' }],
  ['GET /v1/accounts/{accountId}/agreements', { query: 'AgreementsQuery', filters: OF_ACME, own: '[0]' }],
  [
    'GET /v1/accounts/{accountId}/appraisals',
    { query: 'AppraisalsQuery', filters: OF_ACME, own: '["2025-01-01T00:00:00.000Z",{"n":"1"},"acme"]' },
  ],
  ['GET /v1/accounts/{accountId}/contacts', { query: 'AccountContactsQuery', filters: OF_ACME, own: '["c-1"]' }],
  [
    'GET /v1/accounts/{accountId}/credit-notes',
    { query: 'CreditNotesQuery', filters: OF_ACME, own: '["2025-01-01T00:00:00.000Z","n-1","acme"]' },
  ],
  ['GET /v1/accounts/{accountId}/events', { query: 'AccountEventsQuery', filters: OF_ACME, own: '[0]' }],
  [
    'GET /v1/accounts/{accountId}/orders',
    { query: 'OrdersQuery', filters: OF_ACME, own: '["2025-01-01T00:00:00.000Z","o-1","acme"]' },
  ],
  ['GET /v1/accounts/{accountId}/plans', { query: 'PlansQuery', filters: OF_ACME, own: '[0]' }],
  [
    'GET /v1/accounts/{accountId}/surveys',
    { query: 'SurveysQuery', filters: OF_ACME, own: '["2025-01-01T00:00:00.000Z","s-1","acme"]' },
  ],
  ['GET /v1/accounts/{accountId}/team', { query: 'AccountTeamQuery', filters: OF_ACME, own: '[0]' }],
  [
    'GET /v1/accounts/{accountId}/visits',
    { query: 'VisitsQuery', filters: OF_ACME, own: '["2025-01-01T00:00:00.000Z","v-1","acme"]' },
  ],
  ['GET /v1/agreements/expiring', { query: 'ExpiringAgreementsQuery', own: '[0]' }],
  ['GET /v1/exchange-rates', { query: 'ExchangeRatesQuery', own: '["USD","2025-01-01"]' }],
  ['GET /v1/key-accounts', { query: 'KeyAccountsQuery', own: '["acme",1]' }],
  ['GET /v1/policies', { query: 'PoliciesQuery', own: '[0]' }],
  ['GET /v1/quarantine', { query: 'QuarantineQuery', own: '["x"]' }],
  ['GET /v1/quarantine/discarded', { query: 'DiscardedEventsQuery', own: '[0]' }],
  [
    'GET /v1/stage-transitions',
    { query: 'StageTransitionsQuery', own: '["2025-01-01T00:00:00.000Z",{"n":"1"},"acme","x"]' },
  ],
  ['GET /v1/visits/due', { query: 'DueVisitsQuery', own: '[0]' }],
];

const FORGED = [
  '[]',
  '[null]',
  '[true]',
  `["${MARK}"]`,
  '[1,2]',
  '[-1]',
  '[0.5]',
  '[1e999]',
  '[9007199254740993]',
  '[{"n":"1"}]',
  `[{"n":"${MARK}"}]`,
  `[{"n":"${MARK}"},"acme"]`,
  `[{"n":"${MARK}"},"acme","x"]`,
  '[{"n":"9223372036854775808"},"acme","x"]',
  `[{"n":"${'9'.repeat(400)}"},"acme","x"]`,
  `["${MARK}",{"n":"-9223372036854775809"},"acme"]`,
  `["x",{"n":"${MARK}"},"acme"]`,
  `["x",{"n":"${MARK}"},"acme","y"]`,
  '["x",{"n":"9223372036854775808"},"acme","y"]',
  '["x",1,"acme"]',
  `["acme",{"n":"${MARK}"}]`,
  '["acme",-1]',
  '["acme",1e999]',
  `[true,"${MARK}"]`,
  '["x",null]',
  '["x","y",null]',
  `[{"$gt":"${MARK}"},"acme"]`,
  `["acme",{"$gt":"${MARK}"}]`,
  `["x","acme",{"$where":"${MARK}"}]`,
  `[["${MARK}"],"acme"]`,
  '["a","b","c","d","e"]',
];

/** A cursor with a right check, which anybody can compute who has read the code. */
function cursorOf({ filters = {}, query }: List, values: string): string {
  const check = contentHash([contentHash([query, filters]), JSON.stringify(JSON.parse(values))]).slice(0, 12);
  return Buffer.from(`["${check}",${values}]`).toString('base64url');
}

/** What tells cursors of one form from those of another, where both are in some form. */
function kindsOf(values: string): string {
  const kinds = (JSON.parse(values) as unknown[]).map((value) => {
    if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? 'count' : 'number';
    return typeof value === 'string' ? 'text' : JSON.stringify(value);
  });
  return kinds.join();
}

describeOnBackends('A forged cursor', (kind) => {
  let backend: Backend;
  let ledger: LedgerProcess;
  let admin: ApiClient;

  beforeAll(async () => {
    backend = await kind.open({ KEYLEDGER_BASE_CURRENCY: 'EUR' });
    ledger = await LedgerProcess.start(backend.environment);
    admin = ledger.client();
    const account = { accountId: 'acme', name: 'Acme', at: '2025-01-01T00:00:00Z' };
    await admin.ask('/v1/accounts', await admin.must('POST', '/v1/accounts', account));
  }, SLOW);
  afterAll(async () => {
    await ledger.stop();
    await backend.close();
  }, SLOW);

  it('is thought of for every list', async () => {
    const lists = (await documentedRoutes(admin)).filter(({ parameters }) =>
      parameters.some(({ name }) => name === 'cursor'),
    );
    expect([...new Set(LISTS.map(([route]) => route))].sort()).toEqual(lists.map(({ name }) => name).sort());
  });

  it.each(LISTS)('is refused by %s, asked as %j', async (route, list) => {
    const ask = ({ filters = {} }: List, values: string) => {
      const { accountId: _, ...inQuery } = filters as Record<string, string>;
      const query = new URLSearchParams({ ...inQuery, cursor: cursorOf(list, values) });
      return admin.get(`${filledPath(route.replace('GET ', ''), OF_ACME)}?${query}`);
    };
    // One in the list's own form is taken: the check is right, and the refusals below are for the form.
    expect(await ask(list, list.own)).toMatchObject({ status: 200 });
    for (const forged of FORGED.filter((values) => kindsOf(values) !== kindsOf(list.own))) {
      const { body, status, text } = await ask(list, forged);
      expect([forged, status, body.errors]).toEqual([
        forged,
        400,
        [expect.objectContaining({ path: '/cursor', code: 'invalid-cursor' })],
      ]);
      expect(text).not.toContain(MARK);
    }
    expect(ledger.output.filter((line) => line.includes(MARK) || line.includes('"level":"error"'))).toEqual([]);
  });
});
