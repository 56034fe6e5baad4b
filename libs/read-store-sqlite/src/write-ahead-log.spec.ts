import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SqliteReadStore } from './sqlite-read-store.js';

const MIB = 1_048_576;
const MILLISECONDS = 5_000;

/** Another process that writes some 400 kB some fifty times a second at most, as a rebuild does, and never empties the log. */
const OTHER_WRITER = `
  const { DatabaseSync } = require(process.argv[1]);
  const database = new DatabaseSync(process.argv[2], { timeout: 5000 });
  database.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE other (number INTEGER PRIMARY KEY, bytes BLOB)');
  const insert = database.prepare('INSERT OR REPLACE INTO other VALUES (?, zeroblob(2000))');
  const write = () => {
    database.exec('BEGIN IMMEDIATE');
    for (let row = 0; row < 200; row++) insert.run(Math.floor(Math.random() * 50000));
    database.exec('COMMIT');
    // Others get their turn: SQLite looks for the lock ten times a second only.
    setTimeout(write, 20);
  };
  write();
  console.log('writing');
`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'read-models-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('The write-ahead log of the read models', () => {
  it('stays short while two processes write all the time', async () => {
    const file = join(folder, 'read-models.db');
    const store = await SqliteReadStore.open({ file });
    const collection = { name: 'samples_v1', fields: { id: 'text', text: 'text' }, key: ['id'] } as const;
    await store.prepare([collection]);
    const driver = createRequire(import.meta.url).resolve('@photostructure/sqlite');
    const other = spawn(process.execPath, ['-e', OTHER_WRITER, driver, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(other, 'exit');
    try {
      await once(other.stdout, 'data');
      const text = 'x'.repeat(2_000);
      const until = performance.now() + MILLISECONDS;
      let greatest = 0;
      let position = 0n;
      while (performance.now() < until) {
        position += 1n;
        const documents = Array.from({ length: 200 }, () => {
          const id = `${Math.floor(50_000 * Math.random())}`;
          return { collection: collection.name, key: [id], position, document: { id, text } };
        });
        await store.write({ documents, checkpoints: [{ projection: 'samples', position }] });
        greatest = Math.max(greatest, statSync(`${file}-wal`).size);
        await setTimeout(4);
      }
      expect(greatest / MIB).toBeLessThan(200);
    } finally {
      other.kill();
      await exited;
      await store.close();
    }
  }, 60_000);
});
