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
    ['KEYLEDGER_JWKS_URL', 'file:///keys'],
    ['KEYLEDGER_TIME_ZONE', 'Mars/Olympus'],
    ['KEYLEDGER_BASE_CURRENCY', 'gold'],
    ['KEYLEDGER_PROJECTOR', 'maybe'],
    ['KEYLEDGER_POLICY_APPROVAL', 'maybe'],
    ['KEYLEDGER_STREAM_PREFIX', 'a b'],
  ])('names %s when it is wrong, in one line', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^${name} [^\\n]+\\.$`));
  });

  it('does not show what may be a password', () => {
    expect(() => readConfig({ MONGODB_URL: 'mongo://user:secret@host' })).toThrow(/^(?!.*secret)/);
  });
});
