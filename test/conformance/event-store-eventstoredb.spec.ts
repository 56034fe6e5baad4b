import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventStoreConformance } from '#event-sourcing-testing';
import { EventStoreDbEventStore } from '#event-store-eventstoredb';
import { EventStoreDbStandIn } from '#test/eventstoredb-stand-in/event-store-db-stand-in';

async function openedAt(url: string, streamPrefix: string, end: () => Promise<void>, restart?: () => Promise<void>) {
  let store = await EventStoreDbEventStore.open({ url, streamPrefix });
  return {
    store,
    async reopen() {
      await store.close();
      await restart?.();
      store = await EventStoreDbEventStore.open({ url, streamPrefix });
      return store;
    },
    async close() {
      await store.close();
      await end();
    },
  };
}

eventStoreConformance('EventStoreDB, as its stand-in has it,', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'event-store-ä b-'));
  const standIn = await EventStoreDbStandIn.start({ file: join(folder, 'log') });
  const end = async () => {
    await standIn.kill();
    rmSync(folder, { recursive: true });
  };
  return openedAt(standIn.url, 'keyledger-', end, () => standIn.restart());
});

const serverUrl = process.env.EVENTSTOREDB_URL;
if (serverUrl) {
  // A ledger of its own on a server that holds whatever it holds.
  eventStoreConformance('EventStoreDB on a server', () =>
    openedAt(serverUrl, `keyledger-test-${randomUUID()}-`, async () => undefined),
  );
}
