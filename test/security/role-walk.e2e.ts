import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Backend, embedded } from '#test/e2e/backends';
import { type ApiClient, LedgerProcess } from '#test/e2e/ledger-process';
import { type DocumentedRoute, documentedRoutes, exampleBody, filledPath } from './documented-routes.js';
import { Random } from './fuzz/random.js';
import { valueFor } from './fuzz/well-formed-values.js';
import { OPEN_ROUTES, PAGES, ROLES, type Role, RULES } from './who-may-do-what.js';

const SLOW = 120_000;
const PRELOAD = pathToFileURL(join(import.meta.dirname, 'registered-routes.js')).href;
const ACCOUNT = 'walked';
const VALUES = {
  accountId: ACCOUNT,
  member: 'nobody',
  currency: 'USD',
  date: '2025-01-02',
  policyId: 'standard',
  version: '1',
};

describe('Role walk', () => {
  let backend: Backend;
  let ledger: LedgerProcess;
  let admin: ApiClient;
  let routes: readonly DocumentedRoute[];
  let requests = 0;

  beforeAll(async () => {
    backend = await embedded.open({
      KEYLEDGER_BASE_CURRENCY: 'EUR',
      // The walk is refused far more often than a client should be.
      KEYLEDGER_FAILED_AUTH_LIMIT: '9999999',
      NODE_OPTIONS: `--import ${PRELOAD}`,
      REGISTERED_ROUTES_FILE: '',
    });
    const environment = { ...backend.environment, REGISTERED_ROUTES_FILE: join(backend.folder, 'routes.json') };
    ledger = await LedgerProcess.start(environment);
    admin = ledger.client();
    routes = await documentedRoutes(admin);
    await admin.must('POST', '/v1/accounts', { accountId: ACCOUNT, name: 'Walked', at: '2024-01-01T00:00:00Z' });
    for (const currency of ['USD', 'CNY']) {
      await admin.must('PUT', `/v1/exchange-rates/${currency}/2000-01-01`, { rate: '0.5' });
    }
    const seat = { member: 'own', role: 'key-account-manager' };
    await admin.must('POST', `/v1/accounts/${ACCOUNT}/team`, seat);
    await admin.ask(
      '/v1/accounts',
      await admin.must('POST', `/v1/accounts/${ACCOUNT}/team`, { ...seat, member: 'too' }),
    );
  }, SLOW);
  afterAll(async () => {
    process.stdout.write(`\nrole walk: ${routes.length} routes of the document, ${requests} requests\n`);
    await ledger.stop();
    await backend.close();
  }, SLOW);

  async function keyOf(role: Role, member?: string): Promise<{ id: string; client: ApiClient }> {
    const { body } = await admin.must('POST', '/v1/api-keys', { name: 'walk', role, ...(member && { member }) });
    return { id: body.id, client: ledger.client(body.key) };
  }

  function walk(client: ApiClient, route: DocumentedRoute, method = route.method) {
    requests += 1;
    const query = route.parameters.some(({ name, required }) => name === 'metric' && required) ? '?metric=csat' : '';
    const kind = route.path === '/v1/imports' ? '?kind=visits' : query;
    const headers: Record<string, string> = route.body === undefined ? {} : { 'content-type': route.body.type };
    const body = bodyOf(route);
    return client.request(method, filledPath(route.path, VALUES) + kind, method === 'HEAD' ? undefined : body, headers);
  }

  /** Routes that need a key. */
  const guarded = () => routes.filter(({ name }) => !(OPEN_ROUTES as readonly string[]).includes(name));

  it('has a rule for every route of the document, and no rule without a route', () => {
    expect([...OPEN_ROUTES, ...Object.keys(RULES)].sort()).toEqual(routes.map(({ name }) => name).sort());
  });

  it('finds every route that the server holds in the document, or among the open pages', () => {
    const registered: { method: string; url: string }[] = JSON.parse(
      readFileSync(join(backend.folder, 'routes.json'), 'utf8'),
    );
    expect(registered.length).toBeGreaterThan(routes.length);
    const documented = new Set(routes.map(({ name }) => name));
    const unknown = registered
      .map(({ method, url }) => ({ method, path: url.replace(/:([A-Za-z]+)/g, '{$1}') }))
      // Fastify answers HEAD where it answers GET, by the same handler; the walk below sends both.
      .filter(({ method, path }) => !documented.has(`${method === 'HEAD' ? 'GET' : method} ${path}`))
      .filter(({ path }) => !PAGES.some((page) => path === page || path.startsWith(`${page}/`)));
    expect(unknown).toEqual([]);
  });

  it(
    'lets nobody in without a valid key',
    async () => {
      const revoked = await keyOf('admin');
      await admin.must('DELETE', `/v1/api-keys/${revoked.id}`);
      const [, id] = /^kl_([^_]+)_/.exec(
        (await admin.must('POST', '/v1/api-keys', { name: 'x', role: 'admin' })).body.key,
      )!;
      const strangers = {
        'no key': ledger.client(''),
        'a wrong key': ledger.client('the-admin-of-these-testt'),
        'a key with another secret': ledger.client(`kl_${id}_${'A'.repeat(43)}`),
        'a revoked key': revoked.client,
      };
      for (const [who, client] of Object.entries(strangers)) {
        for (const route of guarded()) {
          const answer = await walk(client, route);
          expect([who, route.name, answer.status, answer.body?.code]).toEqual([
            who,
            route.name,
            401,
            who === 'no key' ? 'no-credentials' : 'invalid-credentials',
          ]);
          if (route.method === 'GET')
            expect([route.name, (await walk(client, route, 'HEAD')).status]).toEqual([route.name, 401]);
        }
      }
    },
    SLOW,
  );

  it.each(ROLES)(
    'lets the role %s do what the contract says, on all accounts, on its member’s own and not on others’',
    async (role) => {
      const keys = { any: await keyOf(role), own: await keyOf(role, 'own'), other: await keyOf(role, 'other') };
      for (const route of guarded()) {
        const may = RULES[route.name]?.includes(role) === true;
        for (const [whose, { client }] of Object.entries(keys)) {
          const { body, status } = await walk(client, route);
          const seen = [role, whose, route.name, status, body?.code];
          if (!may) expect(seen).toEqual([role, whose, route.name, 403, 'forbidden']);
          else if (whose === 'other' && route.path.includes('{accountId}'))
            expect(seen).toEqual([role, whose, route.name, 404, 'account-not-found']);
          else {
            expect([...seen.slice(0, 3), [401, 403].includes(status) ? status : 'let in']).toEqual([
              ...seen.slice(0, 3),
              'let in',
            ]);
            // A walk whose requests are all out of form would not come past the first door.
            expect([...seen.slice(0, 3), status === 400 ? body : 'in form']).toEqual([...seen.slice(0, 3), 'in form']);
            expect(status).toBeLessThan(500);
          }
          if (route.method === 'GET') {
            const head = await walk(client, route, 'HEAD');
            expect([...seen.slice(0, 3), 'HEAD', head.status]).toEqual([...seen.slice(0, 3), 'HEAD', status]);
          }
        }
      }
    },
    SLOW,
  );

  it('keeps what single members of a body ask for to those who may', async () => {
    const sales = (await keyOf('sales')).client;
    const manager = (await keyOf('manager')).client;
    const override = { to: 'cooperative', at: '2025-01-01T00:00:00Z', override: true, reason: 'known for long' };
    expect((await sales.post(`/v1/accounts/${ACCOUNT}/stage-transitions`, override)).status).toBe(403);
    expect((await manager.post(`/v1/accounts/${ACCOUNT}/stage-transitions`, override)).status).not.toBe(403);
    const draft = routes.find(({ name }) => name === 'POST /v1/policies')!;
    const published = { ...(bodyOf(draft) as object), policyId: 'at-once', effectiveFrom: '2025-01-01' };
    expect((await manager.post('/v1/policies', published)).status).toBe(403);
    expect((await admin.post('/v1/policies', published)).status).toBe(201);
  });
});

function bodyOf(route: DocumentedRoute): unknown {
  const { example, schema = {}, type } = route.body ?? {};
  if (type === 'application/json' && example === undefined) {
    return Object.fromEntries(
      (schema.required ?? []).map((name) => [name, valueFor(schema.properties?.[name] ?? {}, new Random(1), name)]),
    );
  }
  const body = exampleBody(route, VALUES);
  // With a date the policy is published at once, which is another right.
  return route.name === 'POST /v1/policies' ? { ...(body as object), effectiveFrom: undefined } : body;
}
