import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenedReadStore } from '#event-sourcing-testing';
import { SqliteReadStore } from '#read-store-sqlite';

/** An empty read store in a folder of its own. */
export async function newSqliteReadStore(): Promise<OpenedReadStore> {
  const folder = mkdtempSync(join(tmpdir(), 'read-store-ä b-'));
  const store = await SqliteReadStore.open({ file: join(folder, 'read.db') });
  return {
    store,
    async close() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}
