import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from '#event-sourcing';
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
      openAnother: () => SqliteReadStore.open({ file }),
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

describe('SqliteReadStore', () => {
  const collection = { name: 'accounts_v1', fields: { id: 'text', text: 'text' }, key: ['id'] } as const;
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'read-store-ä b-'));
    file = join(folder, 'read.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('shows what another has committed, and does not wait for what another is writing', async () => {
    const writer = await SqliteReadStore.open({ file });
    const reader = await SqliteReadStore.open({ file });
    await Promise.all([writer.prepare([collection]), reader.prepare([collection])]);
    const documents = [{ collection: collection.name, key: ['a'], position: 1n, document: { text: 'committed' } }];
    await writer.write({ documents, checkpoints: [] });
    const busy = openDatabase({ file, name: 'The test store' });
    busy.exec("BEGIN IMMEDIATE; UPDATE accounts_v1 SET text = 'not committed'");
    expect(await reader.find(collection.name)).toEqual([{ id: 'a', text: 'committed' }]);
    busy.exec('COMMIT');
    expect(await reader.find(collection.name)).toEqual([{ id: 'a', text: 'not committed' }]);
    busy.close();
    await reader.close();
    await writer.close();
  });

  it('refuses a collection that was changed without a new version', async () => {
    const store = await SqliteReadStore.open({ file });
    await store.prepare([collection]);
    await expect(store.prepare([{ ...collection, fields: { id: 'text', other: 'text' } }])).rejects.toThrow(
      'the collection accounts_v1 is there with other fields: a changed collection needs a new version',
    );
    await store.close();
  });

  it('goes on with the checkpoints of a file from before projectors shared their work', async () => {
    const old = openDatabase({ file, name: 'The test store' });
    old.exec(`
      CREATE TABLE _checkpoints (projection TEXT NOT NULL PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE _quarantined (
        projection TEXT NOT NULL, stream TEXT NOT NULL, revision INTEGER NOT NULL, position INTEGER NOT NULL,
        event_id TEXT NOT NULL, type TEXT NOT NULL, error TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (projection, stream)
      ) WITHOUT ROWID;
      INSERT INTO _checkpoints VALUES ('accounts.v1', 70);
      INSERT INTO _quarantined VALUES ('accounts.v1', 'account-1', 3, 40, 'id', 'type', 'Error: no', '2026-01-01');
      PRAGMA user_version = 1`);
    old.close();
    const store = await SqliteReadStore.open({ file });
    await store.openSessions(1, ['session'], []);
    await store.beginGeneration({ number: 1, sessions: [{ id: 'session', member: 'm', partitions: [1] }] });
    const checkpoints = [{ projection: 'accounts.v1', position: 70n }];
    expect([await store.checkpoints(), await store.checkpoints('session')]).toEqual([checkpoints, checkpoints]);
    expect(await store.quarantined()).toMatchObject([{ stream: 'account-1', revision: 3 }]);
    await store.close();
  });

  it('calls a file that is no database unavailable', async () => {
    writeFileSync(file, 'no database at all '.repeat(100));
    await expect(SqliteReadStore.open({ file })).rejects.toThrow(StoreUnavailable);
  });
});
