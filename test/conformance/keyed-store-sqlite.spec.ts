import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { keyedStoreConformance } from '#event-sourcing-testing';
import { SqliteKeyedStore } from '#read-store-sqlite';

const newFolder = () => mkdtempSync(join(tmpdir(), 'keyed-store-ä b-'));

keyedStoreConformance('SQLite', async () => {
  const folder = newFolder();
  const file = join(folder, 'keys.db');
  let store = await SqliteKeyedStore.open({ file });
  return {
    store,
    another: () => SqliteKeyedStore.open({ file }),
    async reopen() {
      await store.close();
      store = await SqliteKeyedStore.open({ file });
      return store;
    },
    async close() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
});

describe('SqliteKeyedStore', () => {
  it('leaves no trace of a removed value in its files', async () => {
    const folder = newFolder();
    const store = await SqliteKeyedStore.open({ file: join(folder, 'keys.db') });
    const traces = () =>
      readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes('a secret key'));
    try {
      for (let id = 0; id < 500; id++) await store.putIfAbsent('person', `${id}`, `an other key ${id}`);
      await store.putIfAbsent('person', 'x', 'a secret key');
      expect(traces()).not.toEqual([]);
      await store.remove('person', 'x');
      expect(traces()).toEqual([]);
    } finally {
      await store.close();
      rmSync(folder, { recursive: true });
    }
  });
});
