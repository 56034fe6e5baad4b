import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { snapshotStoreConformance } from '#event-sourcing-testing';
import { SqliteSnapshotStore } from '#read-store-sqlite';
import { openDatabase } from '#sqlite';

const newFolder = () => mkdtempSync(join(tmpdir(), 'snapshot-store-ä b-'));

snapshotStoreConformance('SQLite', async () => {
  const folder = newFolder();
  const file = join(folder, 'snapshots.db');
  let store = await SqliteSnapshotStore.open({ file });
  return {
    store,
    another: () => SqliteSnapshotStore.open({ file }),
    async reopen() {
      await store.close();
      store = await SqliteSnapshotStore.open({ file });
      return store;
    },
    async storedPages(stream) {
      const database = openDatabase({ file, name: 'The snapshot store' });
      const row: { pages: number } = database
        .prepare('SELECT count(*) AS pages FROM pages WHERE stream = ?')
        .get(stream);
      database.close();
      return row.pages;
    },
    async close() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
});

describe('SqliteSnapshotStore', () => {
  it('makes a file anew that is no database any more', async () => {
    const folder = newFolder();
    const file = join(folder, 'snapshots.db');
    writeFileSync(file, Buffer.alloc(8_192, 7));
    const store = await SqliteSnapshotStore.open({ file });
    try {
      expect(await store.load('account-a')).toBeUndefined();
      await store.save('account-a', { head: 'head', segments: [] });
      expect((await store.load('account-a'))?.head).toBe('head');
    } finally {
      await store.close();
      rmSync(folder, { recursive: true });
    }
  });
});
