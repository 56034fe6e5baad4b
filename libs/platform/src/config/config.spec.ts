import { describe, expect, it } from '@jest/globals';
import { readConfig } from './config.js';

describe('readConfig', () => {
  it('has the defaults of the contract', () => {
    expect(readConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      dataDir: expect.stringMatching(/\/data$/),
      timeZone: 'UTC',
      baseCurrency: 'CNY',
      projector: 'inline',
      policyApproval: 'none',
    });
    expect(readConfig({ EVENTSTOREDB_URL: '', PORT: ' ' })).toEqual(readConfig({}));
  });

  it.each([
    ['PORT', 'abc'],
    ['PORT', '65536'],
    ['EVENTSTOREDB_URL', 'http://localhost:2113'],
    ['MONGODB_URL', 'localhost'],
    ['KEYLEDGER_ADMIN_KEY', 'short'],
    ['KEYLEDGER_ADMIN_KEY', 'a key with white space'],
    ['KEYLEDGER_ADMIN_KEY', 'пароль-администратора'],
    ['KEYLEDGER_ADMIN_KEY', `kl_00000000-0000-0000-0000-000000000001_${'A'.repeat(43)}`],
    ['KEYLEDGER_ADMIN_KEY', 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl'],
    ['KEYLEDGER_JWKS_URL', 'file:///keys'],
    ['KEYLEDGER_FAILED_AUTH_LIMIT', '0'],
    ['KEYLEDGER_RATE_LIMIT', '-1'],
    ['KEYLEDGER_RATE_LIMIT', '1e3'],
    ['KEYLEDGER_MAX_CONNECTIONS', 'many'],
    ['KEYLEDGER_STATE_CACHE_MB', '0'],
    ['KEYLEDGER_TRUST_PROXY', 'true'],
    ['KEYLEDGER_TRUST_PROXY', '10.0.0.0/33'],
    ['KEYLEDGER_TRUST_PROXY', '10.0.0.1, proxy'],
    ['KEYLEDGER_TIME_ZONE', 'Mars/Olympus'],
    ['KEYLEDGER_BASE_CURRENCY', 'gold'],
    ['KEYLEDGER_PROJECTOR', 'maybe'],
    ['KEYLEDGER_PROJECTOR_PORT', '-1'],
    ['KEYLEDGER_LOG_LEVEL', 'verbose'],
    ['KEYLEDGER_POLICY_APPROVAL', 'maybe'],
    ['KEYLEDGER_STREAM_PREFIX', 'a b'],
  ])('names %s when it is wrong, in one line', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^${name} [^\\n]+\\.$`));
  });

  it('trusts no proxy unless it is told which', () => {
    expect(readConfig({})).not.toHaveProperty('trustProxy');
    expect(readConfig({ KEYLEDGER_TRUST_PROXY: 'loopback, 10.0.0.0/8,fd00::/8' }).trustProxy).toEqual([
      'loopback',
      '10.0.0.0/8',
      'fd00::/8',
    ]);
  });

  it('takes tokens of one audience and one issuer only', () => {
    const all = {
      KEYLEDGER_JWKS_URL: 'https://login.example/keys',
      KEYLEDGER_JWT_AUDIENCE: 'keyledger',
      KEYLEDGER_JWT_ISSUER: 'https://login.example/',
    };
    expect(readConfig(all).identityProvider).toEqual({
      jwksUrl: new URL(all.KEYLEDGER_JWKS_URL),
      audience: 'keyledger',
      issuer: 'https://login.example/',
    });
    expect(() => readConfig({ ...all, KEYLEDGER_JWT_AUDIENCE: '' })).toThrow(/^KEYLEDGER_JWT_AUDIENCE /);
    expect(() => readConfig({ ...all, KEYLEDGER_JWT_ISSUER: '' })).toThrow(/^KEYLEDGER_JWT_ISSUER /);
    expect(readConfig({})).not.toHaveProperty('identityProvider');
  });

  it('does not show what may be a password', () => {
    expect(() => readConfig({ MONGODB_URL: 'mongo://user:secret@host' })).toThrow(/^(?!.*secret)/);
  });
});
