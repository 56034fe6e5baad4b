import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { type KeyedStore, StoreUnavailable } from '#event-sourcing';
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
  jest.restoreAllMocks();
});

const CREATED_AT = '2026-01-01T00:00:00.000Z';

/** The store, whose next read of one entry brings what is there when it is asked for, and arrives when it is let go. */
class SlowReads {
  letGo: () => void = () => undefined;
  #isNext = false;

  readonly store = new Proxy(store, {
    get: (target, name) => {
      const method = target[name as keyof SqliteKeyedStore].bind(target);
      return name === 'get' ? (kind: string, id: string) => this.#get(kind, id) : method;
    },
  }) as KeyedStore;

  /** Begins what reads an entry, and holds that back. */
  async hold<T>(reading: () => Promise<T>): Promise<{ readonly under: Promise<T> }> {
    this.#isNext = true;
    const under = reading();
    await pass(0);
    return { under };
  }

  async #get(kind: string, id: string): Promise<string | undefined> {
    const isHeld = this.#isNext;
    this.#isNext = false;
    const value = await store.get(kind, id);
    if (isHeld) await new Promise<void>((resolve) => Object.assign(this, { letGo: resolve }));
    return value;
  }
}

/** Lets the caches' clock, which stands still, go on, and the millisecond pass for which they keep a look at it. */
async function pass(milliseconds: number): Promise<void> {
  const present = performance.now();
  jest.spyOn(performance, 'now').mockReturnValue(present + milliseconds);
  await setTimeout(10);
}

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

  it('refuses a deleted key also when a read arrives long after that was asked before', async () => {
    const slow = new SlowReads();
    const apiKeys = new ApiKeys(slow.store);
    const { apiKey, key } = await apiKeys.create({ name: 'app', role: 'sales' }, CREATED_AT);
    const { under } = await slow.hold(() => apiKeys.principalOf(key));
    expect(await apiKeys.delete(apiKey.id)).toBe(true);
    await pass(14_000);
    slow.letGo();
    expect(await under).toBeUndefined();
    expect(await apiKeys.principalOf(key)).toBeUndefined();
  });

  it('refuses a deleted key also when another deletion of it failed meanwhile', async () => {
    const slow = new SlowReads();
    const apiKeys = new ApiKeys(slow.store);
    const { apiKey, key } = await apiKeys.create({ name: 'app', role: 'sales' }, CREATED_AT);
    const { under } = await slow.hold(() => apiKeys.principalOf(key));
    const removed = store.remove.bind(store);
    const removal = jest.spyOn(store, 'remove');
    removal.mockRejectedValueOnce(new StoreUnavailable('away')).mockImplementationOnce(async (...entry) => {
      await setTimeout(5);
      return removed(...entry);
    });
    const both = await Promise.allSettled([apiKeys.delete(apiKey.id), apiKeys.delete(apiKey.id)]);
    expect(both).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled', value: true }]);
    slow.letGo();
    expect(await under).toBeUndefined();
    expect(await apiKeys.principalOf(key)).toBeUndefined();
  });

  it('believes what a slow read brought no longer than from when it was asked for', async () => {
    const slow = new SlowReads();
    const apiKeys = new ApiKeys(slow.store);
    const { apiKey, key } = await apiKeys.create({ name: 'app', role: 'sales' }, CREATED_AT);
    const { under } = await slow.hold(() => apiKeys.principalOf(key));
    await new ApiKeys(store).delete(apiKey.id);
    await pass(3_500);
    slow.letGo();
    expect(await under).toMatchObject({ actor: apiKey.id });
    await pass(1_000);
    expect(await apiKeys.principalOf(key)).toBeUndefined();
  });

  it('believes a slowly read admin’s key no longer either', async () => {
    const slow = new SlowReads();
    const apiKeys = new ApiKeys(slow.store);
    await apiKeys.claimAdminKey('first-admin-key-0');
    const { under } = await slow.hold(() => apiKeys.principalOf('first-admin-key-0'));
    await new ApiKeys(store).setAdminKey('other-admin-key-0');
    await pass(3_500);
    slow.letGo();
    expect(await under).toMatchObject({ actor: 'admin' });
    await pass(1_000);
    expect(await apiKeys.principalOf('first-admin-key-0')).toBeUndefined();
    expect(await apiKeys.principalOf('other-admin-key-0')).toMatchObject({ actor: 'admin' });
  });

  it('takes the new admin’s key, and the old one no more, from when it is set', async () => {
    const apiKeys = new ApiKeys(store);
    await apiKeys.claimAdminKey('first-admin-key-0');
    expect(await apiKeys.principalOf('first-admin-key-0')).toMatchObject({ actor: 'admin' });
    await apiKeys.setAdminKey('other-admin-key-0');
    expect(await apiKeys.principalOf('first-admin-key-0')).toBeUndefined();
    expect(await apiKeys.principalOf('other-admin-key-0')).toMatchObject({ actor: 'admin' });
  });

  it('forgets what a read brings that was under way when the admin’s key was set', async () => {
    const slow = new SlowReads();
    const apiKeys = new ApiKeys(slow.store);
    await apiKeys.claimAdminKey('first-admin-key-0');
    const { under } = await slow.hold(() => apiKeys.principalOf('first-admin-key-0'));
    await apiKeys.setAdminKey('other-admin-key-0');
    slow.letGo();
    await under;
    expect(await apiKeys.principalOf('first-admin-key-0')).toBeUndefined();
    expect(await apiKeys.principalOf('other-admin-key-0')).toMatchObject({ actor: 'admin' });
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
