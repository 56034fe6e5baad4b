import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventStoreConformance } from '#event-sourcing-testing';
import { SqliteEventStore } from './sqlite-event-store.js';

eventStoreConformance('SqliteEventStore', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'event log ä-'));
  const open = () => SqliteEventStore.open({ file: join(folder, 'events.db') });
  let current = await open();
  return {
    store: current,
    reopen: async () => {
      await current.close();
      current = await open();
      return current;
    },
    close: async () => {
      await current.close();
      rmSync(folder, { recursive: true });
    },
  };
});
