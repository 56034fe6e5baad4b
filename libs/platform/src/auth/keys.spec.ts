import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SqliteKeyedStore } from '#read-store-sqlite';
import { PersonKeys } from '../personal-data/person-keys.js';
import { ApiKeys } from './api-keys.js';

let folder: string;
let store: SqliteKeyedStore;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keys-'));
  store = await SqliteKeyedStore.open({ file: join(folder, 'keys.db') });
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

describe('ApiKeys', () => {
  it('knows whose a key is until it is deleted, also from another process', async () => {
    const apiKeys = new ApiKeys(store);
    const { apiKey, key } = await apiKeys.create(
      { name: 'app', role: 'sales', member: 'ann' },
      '2026-01-01T00:00:00.000Z',
    );
    expect(await new ApiKeys(store).principalOf(key)).toEqual({ actor: apiKey.id, role: 'sales', member: 'ann' });
    expect(await apiKeys.principalOf(`${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`)).toBeUndefined();
    expect(await apiKeys.list()).toEqual([apiKey]);
    expect(await apiKeys.delete(apiKey.id)).toBe(true);
    expect(await apiKeys.principalOf(key)).toBeUndefined();
    expect(await apiKeys.delete(apiKey.id)).toBe(false);
  });

  it('stores no secret', async () => {
    const { key } = await new ApiKeys(store).create({ name: 'app', role: 'admin' }, '2026-01-01T00:00:00.000Z');
    await store.close();
    const bytes = readFileSync(join(folder, 'keys.db'));
    expect(bytes.includes(key.slice('kl_'.length + 36 + 1))).toBe(false);
    store = await SqliteKeyedStore.open({ file: join(folder, 'keys.db') });
  });

  it('lets one process make the admin’s key, and the settings change it', async () => {
    const [one, two] = [new ApiKeys(store), new ApiKeys(store)];
    expect(await one.claimAdminKey('first-admin-key-0')).toBe(true);
    expect(await two.claimAdminKey('other-admin-key-0')).toBe(false);
    expect(await two.principalOf('first-admin-key-0')).toEqual({ actor: 'admin', role: 'admin' });
    const three = new ApiKeys(store);
    await three.setAdminKey('third-admin-key-0');
    expect(await three.principalOf('third-admin-key-0')).toEqual({ actor: 'admin', role: 'admin' });
    expect(await three.principalOf('first-admin-key-0')).toBeUndefined();
  });
});

describe('PersonKeys', () => {
  it('opens what it sealed, in any process, and for that person and field only', async () => {
    const keys = new PersonKeys(store);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        const sealed = await keys.seal('acc/ann', 'name', text);
        expect(await keys.seal('acc/ann', 'name', text)).toBe(sealed);
        expect(await new PersonKeys(store).open('acc/ann', 'name', sealed)).toBe(text);
      }),
      { numRuns: 30 },
    );
    const sealed = await keys.seal('acc/ann', 'name', 'Ann');
    expect(sealed).not.toContain('Ann');
    expect(await keys.seal('acc/bob', 'name', 'Ann')).not.toBe(sealed);
    expect(await keys.seal('acc/ann', 'email', 'Ann')).not.toBe(sealed);
    await expect(keys.open('acc/bob', 'name', sealed)).rejects.toThrow();
    await expect(keys.open('acc/ann', 'email', sealed)).rejects.toThrow();
  });

  it('tells an erased person', async () => {
    const sealed = await new PersonKeys(store).seal('acc/ann', 'name', 'Ann');
    await store.remove('person-key', 'acc/ann');
    expect(await new PersonKeys(store).open('acc/ann', 'name', sealed)).toBeNull();
  });
});
