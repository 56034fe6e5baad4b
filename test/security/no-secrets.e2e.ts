import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Backend, embedded } from '#test/e2e/backends';
import { type ApiClient, LedgerProcess, runApi } from '#test/e2e/ledger-process';
import { documentedRoutes, exampleBody, filledPath } from './documented-routes.js';

const SLOW = 120_000;
const ADMIN_KEY = 'planted-admin-key-4711';
const STORE_PASSWORD = 'planted-store-password';
/** What stands for people and secrets in everything that is sent below. */
const PLANTED = {
  adminKey: ADMIN_KEY,
  wrongKey: 'planted-wrong-key-0815',
  jwt: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJwbGFudGVkIn0.plantedsignature',
  name: 'Planted Personname',
  email: 'planted.email@example.org',
  phone: '+49 30 1234567890',
  preferences: 'planted preferences',
  comment: 'planted comment of a person',
  summary: 'planted summary of a talk',
  cookie: 'planted-cookie',
  query: 'planted-query-text',
} as const;

describe('Logs, refusals, metrics and the API’s document', () => {
  let backend: Backend;
  let ledger: LedgerProcess;
  let admin: ApiClient;
  /** Secrets that came up on the way. */
  const secrets: string[] = [...Object.values(PLANTED)];
  const refusals: string[] = [];

  beforeAll(async () => {
    backend = await embedded.open({
      KEYLEDGER_ADMIN_KEY: ADMIN_KEY,
      KEYLEDGER_FAILED_AUTH_LIMIT: '40',
      KEYLEDGER_JWKS_URL: `http://planted-user:${STORE_PASSWORD}@127.0.0.1:9/keys`,
      KEYLEDGER_JWT_AUDIENCE: 'keyledger',
      KEYLEDGER_JWT_ISSUER: 'https://login.example/',
    });
    ledger = await LedgerProcess.start(backend.environment);
    admin = ledger.client(ADMIN_KEY);
  }, SLOW);
  afterAll(async () => {
    await backend.close();
  }, SLOW);

  function expectNone(where: string, text: string): void {
    const lower = text.toLowerCase();
    expect([where, [...secrets, STORE_PASSWORD].filter((secret) => lower.includes(secret.toLowerCase()))]).toEqual([
      where,
      [],
    ]);
  }

  it(
    'hold none of the secrets and personal texts that were sent',
    async () => {
      const note = ({ status, text }: { status: number; text: string }) => {
        if (status >= 400) refusals.push(text);
        return status;
      };
      const { name, email, phone, preferences, comment, summary } = PLANTED;
      const at = '2025-01-01T00:00:00Z';
      await admin.must('POST', '/v1/accounts', { accountId: 'acme', name: 'Acme', at });
      const contact = { contactId: 'c-1', name, role: 'user', email, phone, preferences, at };
      await admin.must('POST', '/v1/accounts/acme/contacts', contact);
      await admin.must('POST', '/v1/accounts/acme/surveys', { metric: 'csat', score: 4, scoredAt: at, comment });
      const last = await admin.must('POST', '/v1/accounts/acme/visits', { channel: 'phone', visitedAt: at, summary });
      expect((await admin.ask('/v1/accounts/acme/contacts', last)).items).toMatchObject([{ name, email }]);
      const { body } = await admin.must('POST', '/v1/api-keys', { name: 'app', role: 'sales' });
      secrets.push(body.key.slice('kl_'.length + 36 + 1));

      // Refused in every way that there is: by form, by rules, as known already, as too large, as no JSON.
      note(await admin.post('/v1/accounts/acme/contacts', { ...contact, name: `${name}\u0000`, email: `${email} ` }));
      note(await admin.post('/v1/accounts/acme/contacts', { ...contact, phone: '+49 30 1234567890 ext' }));
      note(await admin.post('/v1/accounts/acme/contacts', { ...contact, preferences: `${preferences}!` }));
      note(await admin.post('/v1/accounts/acme/contacts', { ...contact, contactId: email, reportsTo: email }));
      note(await admin.post('/v1/accounts/acme/contacts', { ...contact, [name]: 1 }));
      note(await admin.post('/v1/accounts/acme/contacts', `{"name": "${name}", "email": "${email}`));
      note(await admin.post('/v1/accounts/acme/contacts', { ...contact, preferences: preferences.repeat(60_000) }));
      note(await admin.post('/v1/accounts/none/contacts', contact));
      note(await admin.get(`/v1/accounts?sort=${PLANTED.query}`));
      note(await admin.get(`/v1/accounts/%00?q=${encodeURIComponent(email)}`, { cookie: PLANTED.cookie }));
      note(
        await admin.request(
          'POST',
          '/v1/imports?kind=visits',
          `accountId,visitId,channel,visitedAt,summary\nacme,v,x,${email},${summary}\n`,
          { 'content-type': 'text/csv' },
        ),
      );
      for (const key of [PLANTED.wrongKey, PLANTED.jwt, `${body.key}x`, `${ADMIN_KEY}x`]) {
        for (let n = 0; n < 8; n++) note(await ledger.client(key).get(`/v1/accounts?q=${encodeURIComponent(name)}`));
      }
      for (const route of await documentedRoutes(ledger.client(body.key))) {
        const answer = await ledger
          .client(body.key)
          .request(
            route.method,
            `${filledPath(route.path, { accountId: 'acme' })}?planted=${PLANTED.query}`,
            exampleBody(route, { accountId: 'acme' }),
            { 'x-planted': PLANTED.cookie, ...(route.body && { 'content-type': route.body.type }) },
          );
        note(answer);
      }
      expect(refusals.length).toBeGreaterThan(60);
      const asked = new Map<string, string>();
      for (const path of ['/metrics', '/openapi.json', '/v1/projections', '/health/ready', '/v1/api-keys']) {
        const fresh = await ledger.client(body.key).get(path);
        asked.set(path, fresh.text);
      }
      expect(await ledger.stop()).toBe(0);
      expect(ledger.output.length).toBeGreaterThan(1);
      expectNone('the log', ledger.output.join('\n'));
      for (const [path, text] of asked) expectNone(path, text);
      // A client is shown its own members' names again, but neither their content nor anything secret.
      for (const refusal of refusals) expectNone('a refusal', refusal.replaceAll(`/${name}`, ''));
    },
    SLOW,
  );

  it(
    'hold no password of a connection string: neither while a server is away, nor when the string is wrong',
    async () => {
      const away = await LedgerProcess.start(
        {
          ...backend.environment,
          EVENTSTOREDB_URL: `esdb://planted-user:${STORE_PASSWORD}@127.0.0.1:9?tls=false`,
          MONGODB_URL: `mongodb://planted-user:${STORE_PASSWORD}@127.0.0.1:9/keyledger`,
        },
        { ready: false },
      );
      const deadline = Date.now() + 20_000;
      let ready = '';
      while (!ready.includes('cannot be reached') && Date.now() < deadline) {
        ready = await (await fetch(`${away.url}/health/ready`)).text();
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect(ready).toContain('cannot be reached');
      const refused = await away.client(ADMIN_KEY).get('/v1/accounts');
      await away.stop();
      expectNone('the log of a ledger without its servers', away.output.join('\n'));
      expectNone('its readiness', ready);
      expectNone('its refusal', refused.text);
      expect(`${ready}${refused.text}${away.output.join('')}`).not.toContain('planted-user');
      const user = `planted-user:${STORE_PASSWORD}`;
      for (const [name, value] of [
        ['EVENTSTOREDB_URL', `wrong://${user}@host`],
        ['EVENTSTOREDB_URL', `esdb://${user}@host:2113?tlsVerifyCert=false`],
        ['EVENTSTOREDB_URL', `esdb://${user}@host:2113?tls=maybe`],
        ['EVENTSTOREDB_URL', `esdb://${user}@host:2113?unheardOf=1`],
        ['EVENTSTOREDB_URL', `esdb://${user}@host:2113?tlsCAFile=/nowhere/ca.crt`],
        ['MONGODB_URL', `wrong://${user}@host`],
        ['MONGODB_URL', `mongodb://${user}@host/keyledger?unheardOf=1`],
        ['MONGODB_URL', `mongodb://${user}@host:port/keyledger`],
        ['KEYLEDGER_JWKS_URL', `wrong://${user}@host`],
      ] as const) {
        const { code, stderr, stdout } = await runApi({ ...backend.environment, [name]: value });
        expect([value, code, stderr.trimEnd().split('\n')]).toEqual([value, 1, [expect.stringContaining(name)]]);
        expectNone(value, stdout + stderr);
      }
    },
    SLOW,
  );
});
