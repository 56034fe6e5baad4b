import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStoreConformance } from '#event-sourcing-testing';
import { SqliteReadStore } from '#read-store-sqlite';
import { openDatabase } from '#sqlite';

readStoreConformance(
  'SQLite',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'read-store-ä b-'));
    const file = join(folder, 'read.db');
    let store = await SqliteReadStore.open({ file });
    return {
      store,
      async reopen() {
        await store.close();
        store = await SqliteReadStore.open({ file });
        return store;
      },
      async refuseText(collection) {
        const database = openDatabase({ file, name: 'The test store' });
        database.exec(
          `CREATE TRIGGER "refuse ${collection}" BEFORE INSERT ON "${collection}" WHEN NEW.text = 'refused' ` +
            "BEGIN SELECT RAISE(ABORT, 'refused'); END",
        );
        database.close();
      },
      async close() {
        await store.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
  { transactional: true },
);
