import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type Backend, describeOnBackends, embedded } from '#test/e2e/backends';
import { ADMIN_KEY, type ApiClient, type LedgerEnvironment, LedgerProcess, runApi } from '#test/e2e/ledger-process';
import { documentedRoutes } from './documented-routes.js';
import { type WireAnswer, WireConnection } from './fuzz/wire-connection.js';

const SLOW = 60_000;
/** After so long a key that another process deleted must be refused, in milliseconds. */
const REVOKED_WITHIN = 5_000;

describeOnBackends('API keys', (kind) => {
  let backend: Backend;
  const ledgers: LedgerProcess[] = [];

  beforeAll(async () => {
    backend = await kind.open({ KEYLEDGER_FAILED_AUTH_LIMIT: '9999999' });
    ledgers.push(await LedgerProcess.start(backend.environment));
    ledgers.push(await LedgerProcess.start({ ...backend.environment, KEYLEDGER_PROJECTOR: 'none' }));
  }, SLOW);
  afterAll(async () => {
    await Promise.all(ledgers.map((ledger) => ledger.stop()));
    await backend.close();
  }, SLOW);

  it(
    'stop at once where they were deleted, and within five seconds in every other process',
    async () => {
      const [one, two] = ledgers as [LedgerProcess, LedgerProcess];
      const admin = one.client();
      const { body } = await admin.must('POST', '/v1/api-keys', { name: 'app', role: 'sales' });
      expect(body.key).toMatch(/^kl_[0-9a-f-]{36}_[A-Za-z0-9_-]{43}$/);
      expect((await one.client(body.key).get('/v1/accounts')).status).toBe(200);
      expect((await two.client(body.key).get('/v1/accounts')).status).toBe(200);
      const under = Array.from({ length: 20 }, () => one.client(body.key).get('/v1/accounts'));
      await admin.must('DELETE', `/v1/api-keys/${body.id}`);
      const deleted = Date.now();
      expect((await one.client(body.key).get('/v1/accounts')).status).toBe(401);
      await Promise.all(under);
      expect((await one.client(body.key).get('/v1/accounts')).status).toBe(401);
      let [status, lastTakenAt] = [0, 0];
      do {
        const sentAt = Date.now();
        status = (await two.client(body.key).get('/v1/accounts')).status;
        if (status === 200) lastTakenAt = sentAt;
        await new Promise((resolve) => setTimeout(resolve, 20));
      } while (status === 200 && Date.now() < deleted + 2 * REVOKED_WITHIN);
      expect(status).toBe(401);
      expect(lastTakenAt - deleted).toBeLessThan(REVOKED_WITHIN);
    },
    SLOW,
  );

  it('are shown once: no list and no description holds the secret or its hash', async () => {
    const admin = ledgers[0]!.client();
    const { body } = await admin.must('POST', '/v1/api-keys', { name: 'shown', role: 'analyst' });
    const [list, one] = [await admin.get('/v1/api-keys'), await admin.get(`/v1/api-keys/${body.id}`)];
    expect(list.text).toContain(body.id);
    for (const { text } of [list, one]) {
      expect(text).not.toContain(body.key.slice('kl_'.length + 36 + 1));
      expect(text).not.toContain('hash');
    }
  });
});

describeOnBackends('The first start', (kind) => {
  it(
    'makes an admin’s key that only its owner can read, and no world-readable file beside it',
    async () => {
      const backend = await kind.open({ KEYLEDGER_ADMIN_KEY: '' });
      const ledger = await LedgerProcess.start(backend.environment);
      try {
        const folder = backend.environment.KEYLEDGER_DATA_DIR ?? '';
        const file = join(folder, 'admin.key');
        expect(statSync(file).mode & 0o777).toBe(0o600);
        expect(statSync(folder).mode & 0o077).toBe(0);
        const key = readFileSync(file, 'utf8').trim();
        expect((await ledger.client(key).get('/v1/api-keys')).status).toBe(200);
      } finally {
        await ledger.stop();
        await backend.close();
      }
    },
    SLOW,
  );
});

describeOnBackends('A first start that has nowhere to keep the key', (kind) => {
  it(
    'makes none, and stops with one line',
    async () => {
      const backend = await kind.open();
      try {
        const file = join(backend.folder, 'a file');
        writeFileSync(file, '');
        const environment = { ...backend.environment, KEYLEDGER_DATA_DIR: join(file, 'data') };
        const { code, stderr, stdout } = await runApi({ ...environment, KEYLEDGER_ADMIN_KEY: '' });
        expect([code, stderr.trim().split('\n'), stdout.includes('kla_')]).toEqual([
          1,
          [expect.stringMatching(/^keyledger: .*(KEYLEDGER_DATA_DIR|event log) cannot be/)],
          false,
        ]);
        expect(stderr).not.toContain(backend.folder);
      } finally {
        await backend.close();
      }
    },
    SLOW,
  );
});

describe('Access', () => {
  let backend: Backend;
  let ledger: LedgerProcess | undefined;

  afterEach(async () => {
    await ledger?.stop();
    ledger = undefined;
    await backend.close();
  }, SLOW);

  async function start(settings: LedgerEnvironment = {}): Promise<LedgerProcess> {
    backend = await embedded.open(settings);
    ledger = await LedgerProcess.start(backend.environment);
    return ledger;
  }

  it(
    'stops listening to an address that guesses, but to nobody’s API key',
    async () => {
      const client = clientsOf(await start({ KEYLEDGER_FAILED_AUTH_LIMIT: '10' }));
      const { body } = await client(ADMIN_KEY).must('POST', '/v1/api-keys', { name: 'app', role: 'sales' });
      for (let n = 0; n < 200; n++) expect((await client(body.key).get('/v1/accounts?limit=1')).status).toBe(200);
      for (let n = 0; n < 10; n++)
        expect((await client(`a-guessed-admin-key-${n}`).get('/v1/accounts')).status).toBe(401);
      const guess = await client('a-guessed-admin-key').get('/v1/accounts');
      expect(guess).toMatchObject({ status: 429, body: { code: 'rate-limited', status: 429 } });
      expect(guess.headers.get('content-type')).toContain('application/problem+json');
      expect(Number(guess.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(Number(guess.headers.get('retry-after'))).toBeLessThanOrEqual(60);
      // Neither does the right guess come through, nor a key's id with guessed bits.
      expect((await client(ADMIN_KEY).get('/v1/accounts')).status).toBe(429);
      expect((await client(`kl_${body.id}_${'A'.repeat(43)}`).get('/v1/accounts')).status).toBe(429);
      expect((await client(body.key).get('/v1/accounts')).status).toBe(200);
      expect((await client('').get('/health/live')).status).toBe(200);
    },
    SLOW,
  );

  it(
    'believes X-Forwarded-For from trusted proxies only',
    async () => {
      const distrusting = clientsOf(await start({ KEYLEDGER_FAILED_AUTH_LIMIT: '3' }));
      const from = (address: string) => ({ 'x-forwarded-for': address, 'x-forwarded-proto': 'https' });
      for (let n = 0; n < 3; n++) await distrusting('a-guessed-admin-key').get('/v1/accounts', from(`10.0.0.${n}`));
      expect((await distrusting('a-guessed-admin-key').get('/v1/accounts', from('10.0.0.9'))).status).toBe(429);
      expect(
        (await distrusting('').get('/health/live', from('10.0.0.9'))).headers.get('strict-transport-security'),
      ).toBeNull();
      await ledger?.stop();
      await backend.close();
      const trusting = clientsOf(await start({ KEYLEDGER_FAILED_AUTH_LIMIT: '3', KEYLEDGER_TRUST_PROXY: 'loopback' }));
      // Made-up addresses before the one that the proxy saw do not help.
      for (let n = 0; n < 4; n++)
        await trusting('a-guessed-admin-key').get('/v1/accounts', from(`192.0.2.${n}, 203.0.113.7`));
      expect((await trusting(ADMIN_KEY).get('/v1/accounts', from('203.0.113.7'))).status).toBe(429);
      const other = await trusting(ADMIN_KEY).get('/v1/accounts', from('203.0.113.8'));
      expect(other.status).toBe(200);
      expect(other.headers.get('strict-transport-security')).toBe('max-age=31536000');
    },
    SLOW,
  );

  it(
    'bounds what one key may ask when it is told to, and neither others nor /health',
    async () => {
      const client = clientsOf(await start({ KEYLEDGER_RATE_LIMIT: '20' }));
      const { body } = await client(ADMIN_KEY).must('POST', '/v1/api-keys', { name: 'app', role: 'sales' });
      const statuses: number[] = [];
      for (let n = 0; n < 25; n++) statuses.push((await client(body.key).get('/v1/accounts')).status);
      expect(statuses).toEqual([...Array(20).fill(200), ...Array(5).fill(429)]);
      const refused = await client(body.key).get('/v1/accounts');
      expect(refused.body.code).toBe('rate-limited');
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect((await client(ADMIN_KEY).get('/v1/accounts')).status).toBe(200);
      for (let n = 0; n < 30; n++) expect((await client(body.key).get('/health/live')).status).toBe(200);
    },
    SLOW,
  );

  it(
    'sends the headers that keep browsers safe on every kind of answer, and opens nothing to other origins',
    async () => {
      const client = clientsOf(await start());
      const origin = { origin: 'https://evil.example' };
      const admin = client(ADMIN_KEY);
      const answers = [
        await admin.get('/v1/accounts', origin),
        await admin.get('/v1/accounts', { ...origin, accept: 'text/csv' }),
        await admin.post('/v1/accounts', { name: 'Acme' }, origin),
        await admin.get('/v1/nothing', origin),
        await client('a-guessed-admin-key').get('/v1/accounts', origin),
        await admin.get('/metrics', origin),
        await admin.get('/health/ready', origin),
        await admin.get('/openapi.json', origin),
        await admin.get('/docs', origin),
        await admin.request('OPTIONS', '/v1/accounts', undefined, {
          ...origin,
          'access-control-request-method': 'POST',
        }),
      ];
      for (const { headers } of answers) {
        const policy = headers.get('content-security-policy') ?? '';
        expect(policy).toContain("default-src 'self'");
        expect(policy).toContain("frame-ancestors 'none'");
        expect(policy).toContain("object-src 'none'");
        expect(policy).not.toMatch(/script-src[^;]*unsafe/);
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('x-frame-options')).not.toBeNull();
        expect(headers.get('referrer-policy')).toBe('no-referrer');
        expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
        expect(headers.get('cache-control')).toBe('no-store');
        for (const name of [
          'x-powered-by',
          'server',
          'access-control-allow-origin',
          'strict-transport-security',
          'set-cookie',
        ]) {
          expect([name, headers.get(name)]).toEqual([name, null]);
        }
      }
    },
    SLOW,
  );

  it(
    'sends them with what is refused before there is a request or a route, too',
    async () => {
      const { url } = await start();
      const heads: [status: number, head: string][] = [
        [400, 'GET /v1/accounts/%zz HTTP/1.1\r\nHost: x\r\n\r\n'],
        [400, 'GET /v1/accounts HTTP/9.9\r\nHost: x\r\n\r\n'],
        [417, 'POST /v1/accounts HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nContent-Length: 2\r\n\r\n{}'],
        [431, `GET /v1/accounts HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`],
      ];
      const ids = new Set<string | undefined>();
      for (const [status, head] of heads) {
        const answer = await onTheWire(url, head);
        expect(answer.status).toBe(status);
        expect(answer.headers.get('content-type')).toContain('application/problem+json');
        expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
        expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
        expect(answer.headers.get('cache-control')).toBe('no-store');
        expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
        ids.add(answer.headers.get('x-request-id'));
      }
      expect(ids.size).toBe(heads.length);
    },
    SLOW,
  );

  it(
    'does not wait for the body of a request that nobody known sends, or that goes nowhere',
    async () => {
      const { url } = await start({ KEYLEDGER_FAILED_AUTH_LIMIT: '2' });
      const routes = await documentedRoutes(clientsOf(ledger!)(ADMIN_KEY));
      const answerTo = (method: string, path: string, key?: string) => {
        const credentials = key === undefined ? '' : `Authorization: Bearer ${key}\r\n`;
        const body = 'Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n[[[';
        return onTheWire(url, `${method} ${path} HTTP/1.1\r\nHost: x\r\n${credentials}${body}`);
      };
      const writing = routes.filter(({ method }) => method !== 'GET');
      expect(writing.length).toBeGreaterThan(30);
      for (const { method, name, path } of writing) {
        const answer = await answerTo(method, path.replace(/\{.*?\}/g, 'x'));
        expect([name, answer.status, answer.text]).toEqual([name, 401, expect.stringContaining('"no-credentials"')]);
      }
      expect(await answerTo('POST', '/v1/accounts/acme/nothing')).toMatchObject({ status: 404 });
      for (const status of [401, 401, 429]) {
        expect(await answerTo('POST', '/v1/accounts', 'a-guessed-admin-key')).toMatchObject({ status });
      }
    },
    SLOW,
  );

  it(
    'takes an identity provider’s tokens beside keys, and says when it cannot check them',
    async () => {
      const { privateKey, publicKey } = await generateKeyPair('ES256');
      const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' };
      const provider = createServer((_, response) => response.end(JSON.stringify({ keys: [jwk] })));
      await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
      const address = provider.address();
      const settings = {
        KEYLEDGER_JWKS_URL: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/keys`,
        KEYLEDGER_JWT_AUDIENCE: 'keyledger',
        KEYLEDGER_JWT_ISSUER: 'https://login.example/',
      };
      const token = (claims: object, kid = 'k') =>
        new SignJWT({ sub: 'ann', iss: settings.KEYLEDGER_JWT_ISSUER, aud: settings.KEYLEDGER_JWT_AUDIENCE, ...claims })
          .setProtectedHeader({ alg: 'ES256', kid })
          .setExpirationTime('5m')
          .sign(privateKey);
      const client = clientsOf(await start(settings));
      const admin = client(ADMIN_KEY);
      await admin.must('POST', '/v1/accounts', { accountId: 'acme', name: 'Acme', at: '2025-01-01T00:00:00Z' });
      const sales = client(await token({ role: 'sales' }));
      await sales.must('POST', '/v1/accounts/acme/visits', { channel: 'phone', visitedAt: '2025-06-01T00:00:00Z' });
      const { body } = await admin.get('/v1/accounts/acme/events?types=visit-logged.v1');
      expect(body.items[0]?.actor).toBe('ann');
      expect((await client(await token({ role: 'sales', member: 'lee' })).get('/v1/accounts/acme')).status).toBe(404);
      expect((await client(await token({ role: 'analyst' })).get('/v1/accounts/acme/events')).status).toBe(403);
      expect((await client(await token({ role: 'root' })).get('/v1/accounts')).status).toBe(401);
      await new Promise((resolve) => provider.close(resolve));
      expect((await sales.get('/v1/accounts')).status).toBe(200);
      await ledger?.stop();
      ledger = await LedgerProcess.start(backend.environment);
      const cold = clientsOf(ledger);
      expect(await cold(await token({ role: 'sales' })).get('/v1/accounts')).toMatchObject({
        status: 503,
        body: { code: 'identity-provider-unavailable' },
      });
      expect((await cold(ADMIN_KEY).get('/v1/accounts')).status).toBe(200);
    },
    SLOW,
  );
});

/** What bytes are answered with, of which no more follow. */
async function onTheWire(url: string, text: string): Promise<WireAnswer> {
  const connection = new WireConnection(Number(new URL(url).port), 5_000);
  try {
    const bytes = Buffer.from(text, 'latin1');
    return await connection.send({ method: 'GET', bytes, breaksConnection: false, asksForPosition: false });
  } finally {
    connection.close();
  }
}

function clientsOf(ledger: LedgerProcess): (key: string) => ApiClient {
  return (key) => ledger.client(key);
}
