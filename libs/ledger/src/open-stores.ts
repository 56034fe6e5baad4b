import { join } from 'node:path';
import type { EventStore, KeyedStore, ReadStore } from '#event-sourcing';
import { EventStoreDbEventStore } from '#event-store-eventstoredb';
import { SqliteEventStore } from '#event-store-sqlite';
import type { Config } from '#platform';
import { MongoKeyedStore, MongoReadStore } from '#read-store-mongodb';
import { SqliteKeyedStore, SqliteReadStore } from '#read-store-sqlite';
import { opensWhenUsed } from './opens-when-used.js';

const READ_STORE_METHODS = {
  prepare: true,
  write: true,
  getMany: true,
  find: true,
  sumBy: true,
  latestBy: true,
  count: true,
  checkpoints: true,
  quarantined: true,
  ping: true,
} as const;
const KEYED_STORE_METHODS = { putIfAbsent: true, get: true, list: true, remove: true } as const;

/** The stores of a ledger, embedded ones or servers as its settings say. */
export interface Stores {
  readonly eventStore: EventStore;
  readonly readStore: ReadStore;
  readonly keyedStore: KeyedStore;
}

/**
 * Opens the stores. The embedded ones are open then; a server is connected to when it is first used, and again at the
 * next use as long as it is not there, so that a process can start before its servers.
 * @throws StoreUnavailable for a data folder that cannot be used
 */
export async function openStores(config: Config): Promise<Stores> {
  const eventStore = await openEventStore(config);
  try {
    return { eventStore, ...(await openReadSide(config)) };
  } catch (error) {
    await eventStore.close();
    throw error;
  }
}

export function openEventStore({ dataDir, eventStoreDbUrl, streamPrefix }: Config): Promise<EventStore> {
  return eventStoreDbUrl === undefined
    ? SqliteEventStore.open({ file: join(dataDir, 'events.db') })
    : EventStoreDbEventStore.open({ url: eventStoreDbUrl, streamPrefix });
}

export async function openReadStore({ dataDir, mongoDbUrl }: Config): Promise<ReadStore> {
  return mongoDbUrl === undefined
    ? SqliteReadStore.open({ file: join(dataDir, 'read-models.db') })
    : opensWhenUsed<ReadStore>(() => MongoReadStore.open({ url: mongoDbUrl }), READ_STORE_METHODS);
}

async function openReadSide(config: Config): Promise<Omit<Stores, 'eventStore'>> {
  const { dataDir, mongoDbUrl } = config;
  const readStore = await openReadStore(config);
  const keyedStore =
    mongoDbUrl === undefined
      ? await SqliteKeyedStore.open({ file: join(dataDir, 'keys.db') })
      : opensWhenUsed<KeyedStore>(() => MongoKeyedStore.open({ url: mongoDbUrl }), KEYED_STORE_METHODS);
  return { readStore, keyedStore };
}
