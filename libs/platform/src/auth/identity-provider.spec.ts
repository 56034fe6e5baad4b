import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  SignJWT,
} from 'jose';
import { Problem } from '../problems/problem.js';
import { IdentityProvider, isJwt } from './identity-provider.js';

const AUDIENCE = 'keyledger';
const ISSUER = 'https://login.example/';

type Claims = Readonly<Record<string, unknown>>;

interface SigningKey {
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

let server: Server;
let url: URL;
let keys: JWK[];
let fetches: number;
let answer: () => [status: number, body: string];

beforeEach(async () => {
  keys = [];
  fetches = 0;
  answer = () => [200, JSON.stringify({ keys })];
  server = createServer((_, response) => {
    fetches += 1;
    const [status, body] = answer();
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/keys`);
});

afterEach(() => close());

function close(): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

async function newKey(alg: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return { alg, privateKey, publicKey, jwk: { ...jwk, kid: await calculateJwkThumbprint(jwk), alg, use: 'sig' } };
}

function token(key: SigningKey, claims: Claims = {}, header: { alg?: string } = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const payload = { sub: 'ann', role: 'sales', iss: ISSUER, aud: AUDIENCE, iat: now, exp: now + 60, ...claims };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: header.alg ?? key.alg, kid: key.jwk.kid ?? '' })
    .sign(key.privateKey);
}

const provider = (times: { coolDown?: number; freshFor?: number } = {}) =>
  new IdentityProvider({ jwksUrl: url, audience: AUDIENCE, issuer: ISSUER, ...times });

describe('IdentityProvider', () => {
  it.each(['RS256', 'ES256', 'EdDSA'])('takes a token signed by %s, and fetches the keys once', async (alg) => {
    const key = await newKey(alg);
    keys = [key.jwk];
    const accepting = provider();
    expect(await accepting.principalOf(await token(key))).toEqual({ actor: 'ann', role: 'sales' });
    const member = await token(key, { role: 'manager', member: 'lee' });
    expect(await accepting.principalOf(member)).toEqual({ actor: 'ann', role: 'manager', member: 'lee' });
    expect(fetches).toBe(1);
  });

  it.each<[string, Claims]>([
    ['another audience', { aud: 'another' }],
    ['no audience', { aud: undefined }],
    ['another issuer', { iss: 'https://login.example' }],
    ['no issuer', { iss: undefined }],
    ['no expiry', { exp: undefined }],
    ['an expiry longer ago than clocks differ', { exp: Math.floor(Date.now() / 1_000) - 40 }],
    ['a beginning later than clocks differ', { nbf: Math.floor(Date.now() / 1_000) + 60 }],
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['a subject with a line break', { sub: 'ann\nadmin' }],
    ['a long subject', { sub: 'a'.repeat(129) }],
    ['the ledger’s own name', { sub: 'admin' }],
    ['no role', { role: undefined }],
    ['an unknown role', { role: 'root' }],
    ['a list of roles', { role: ['admin'] }],
    ['an inherited name as role', { role: 'constructor' }],
    // Passed over, these would open every account to a member's token.
    ['a member that is a number', { member: 7 }],
    ['a member that is a list', { member: ['lee'] }],
    ['an empty member', { member: '' }],
    ['a member that is null', { member: null }],
    ['a member that is no id', { member: 'lee;*' }],
  ])('refuses %s', async (_, claims) => {
    const key = await newKey('ES256');
    keys = [key.jwk];
    expect(await provider().principalOf(await token(key, claims))).toBeUndefined();
  });

  it('allows for clocks that differ a little', async () => {
    const key = await newKey('ES256');
    keys = [key.jwk];
    const late = await token(key, { exp: Math.floor(Date.now() / 1_000) - 10 });
    expect(await provider().principalOf(late)).toMatchObject({ actor: 'ann' });
  });

  it('refuses signatures that are none: no algorithm, an HMAC with the public key, another key, a changed payload', async () => {
    const [key, other] = [await newKey('RS256'), await newKey('RS256')];
    keys = [key.jwk];
    const accepting = provider();
    const good = await token(key);
    const [, payload = '', signature = ''] = good.split('.');
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = `${encoded({ alg: 'none' })}.${payload}.`;
    const secret = Buffer.from(await exportSPKI(key.publicKey));
    const hmac = await new SignJWT({ sub: 'ann', role: 'admin', iss: ISSUER, aud: AUDIENCE, exp: 2 ** 32 })
      .setProtectedHeader({ alg: 'HS256', kid: key.jwk.kid ?? '' })
      .sign(secret);
    const foreign = await new SignJWT({ sub: 'ann', role: 'admin', iss: ISSUER, aud: AUDIENCE, exp: 2 ** 32 })
      .setProtectedHeader({ alg: 'RS256', kid: key.jwk.kid ?? '', jwk: other.jwk })
      .sign(other.privateKey);
    const head = good.split('.')[0] ?? '';
    const changed = `${head}.${encoded({ sub: 'ann', role: 'admin', iss: ISSUER, aud: AUDIENCE, exp: 2 ** 32 })}.${signature}`;
    const ps256 = await newKey('PS256');
    keys.push(ps256.jwk);
    for (const bad of [unsigned, hmac, foreign, changed, await token(ps256), 'eyJ.a.b']) {
      expect(await accepting.principalOf(bad)).toBeUndefined();
    }
    expect(await accepting.principalOf(good)).toMatchObject({ actor: 'ann' });
  });

  it('takes a new key as soon as it has cooled down, and drops one that was withdrawn when its keys are old', async () => {
    const [old, next] = [await newKey('ES256'), await newKey('ES256')];
    keys = [old.jwk];
    const accepting = provider({ coolDown: 0, freshFor: 300 });
    expect(await accepting.principalOf(await token(old))).toBeDefined();
    keys = [old.jwk, next.jwk];
    expect(await accepting.principalOf(await token(next))).toBeDefined();
    expect(await accepting.principalOf(await token(old))).toBeDefined();
    expect(fetches).toBe(2);
    keys = [next.jwk];
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(await accepting.principalOf(await token(old))).toBeUndefined();
    expect(await accepting.principalOf(await token(next))).toBeDefined();
  });

  it('asks once for keys that tokens make up, however many do', async () => {
    const key = await newKey('ES256');
    keys = [key.jwk];
    const accepting = provider();
    expect(await accepting.principalOf(await token(key))).toBeDefined();
    for (let n = 0; n < 5; n++) expect(await accepting.principalOf(await token(await newKey('ES256')))).toBeUndefined();
    expect(fetches).toBe(1);
  });

  it('goes on with the keys it has while the provider is away, and is not available without', async () => {
    const key = await newKey('ES256');
    keys = [key.jwk];
    const [warm, cold] = [provider({ coolDown: 0 }), provider()];
    expect(await warm.principalOf(await token(key))).toBeDefined();
    await close();
    expect(await warm.principalOf(await token(key))).toBeDefined();
    for (const asked of [cold.principalOf(await token(key)), warm.principalOf(await token(await newKey('ES256')))]) {
      const refusal = await asked.catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(Problem);
      expect(refusal).toMatchObject({ status: 503, code: 'identity-provider-unavailable' });
    }
  });

  it.each<[string, [number, string]]>([
    ['an error', [500, '{}']],
    ['a page', [200, '<html>']],
    ['something else', [200, '{"keys": 1}']],
    ['far too much', [200, `{"keys": [], "more": "${'x'.repeat(300_000)}"}`]],
  ])('is not available when the provider answers with %s, and does not ask again at once', async (_, given) => {
    const key = await newKey('ES256');
    answer = () => given;
    const accepting = provider();
    for (let n = 0; n < 3; n++) {
      await expect(accepting.principalOf(await token(key))).rejects.toMatchObject({ status: 503 });
    }
    expect(fetches).toBe(1);
  });
});

describe('isJwt', () => {
  it('tells tokens from keys', async () => {
    expect(isJwt(await token(await newKey('ES256')))).toBe(true);
    for (const key of ['kl_0_a', 'an.admin.key-with-dots', 'eyJ', 'eyJh.b', '']) expect(isJwt(key)).toBe(false);
  });
});
