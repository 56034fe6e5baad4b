import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type EventStore,
  InvalidConnectionString,
  type KeyedStore,
  type ReadStore,
  type SnapshotStore,
} from '#event-sourcing';
import { EventStoreDbEventStore } from '#event-store-eventstoredb';
import { SqliteEventStore } from '#event-store-sqlite';
import { type Config, ConfigError } from '#platform';
import { checkMongoUrl, MongoKeyedStore, MongoReadStore, MongoSnapshotStore } from '#read-store-mongodb';
import { SqliteKeyedStore, SqliteReadStore, SqliteSnapshotStore } from '#read-store-sqlite';
import { MANIFEST_FILE } from '#transfer';
import { opensWhenUsed } from './opens-when-used.js';

/** Names of the embedded stores' files in the data folder. */
export const EVENTS_FILE = 'events.db';
export const KEYS_FILE = 'keys.db';
export const READ_MODELS_FILE = 'read-models.db';
/** May be deleted at any time: what is in it is made again from the log. */
export const SNAPSHOTS_FILE = 'snapshots.db';

const READ_STORE_METHODS = {
  prepare: true,
  drop: true,
  write: true,
  getMany: true,
  find: true,
  sumBy: true,
  latestBy: true,
  count: true,
  checkpoints: true,
  quarantined: true,
  requestRedrive: true,
  projectorGroup: true,
  renewMember: true,
  removeMembers: true,
  openSessions: true,
  closeSessions: true,
  beginGeneration: true,
  ping: true,
} as const;
const KEYED_STORE_METHODS = { putIfAbsent: true, get: true, list: true, kinds: true, remove: true } as const;

/** The stores of a ledger, embedded ones or servers as its settings say. */
export interface Stores {
  readonly eventStore: EventStore;
  readonly readStore: ReadStore;
  readonly keyedStore: KeyedStore;
  readonly snapshotStore: SnapshotStore;
}

/**
 * Opens the stores. The embedded ones are open then; a server is connected to when it is first used, and again at the
 * next use as long as it is not there, so that a process can start before its servers.
 * @throws StoreUnavailable for a data folder that cannot be used
 */
export async function openStores(config: Config): Promise<Stores> {
  const eventStore = await openEventStore(config);
  try {
    return { eventStore, ...(await openReadSide(config)), snapshotStore: openSnapshotStore(config) };
  } catch (error) {
    await eventStore.close();
    throw error;
  }
}

/**
 * Path of a ledger's file.
 * @throws ConfigError for a backup: opening one would change its files, so that it could not be restored any more
 */
function fileIn(dataDir: string, file: string): string {
  if (existsSync(join(dataDir, MANIFEST_FILE))) {
    throw new ConfigError(`${dataDir} is a backup: keyledger restore makes a ledger of it.`);
  }
  return join(dataDir, file);
}

export async function openEventStore({ dataDir, eventStoreDbUrl, streamPrefix }: Config): Promise<EventStore> {
  return eventStoreDbUrl === undefined
    ? SqliteEventStore.open({ file: fileIn(dataDir, EVENTS_FILE) })
    : withUrlOf('event store (EVENTSTOREDB_URL)', () =>
        EventStoreDbEventStore.open({ url: eventStoreDbUrl, streamPrefix }),
      );
}

export async function openReadStore({ dataDir, mongoDbUrl }: Config): Promise<ReadStore> {
  // It is opened when it is first used: what is wrong with its address is to be known at once.
  if (mongoDbUrl !== undefined) await withUrlOf('read store (MONGODB_URL)', async () => checkMongoUrl(mongoDbUrl));
  return mongoDbUrl === undefined
    ? SqliteReadStore.open({ file: fileIn(dataDir, READ_MODELS_FILE) })
    : opensWhenUsed<ReadStore>(() => MongoReadStore.open({ url: mongoDbUrl }), READ_STORE_METHODS);
}

export async function openKeyedStore({ dataDir, mongoDbUrl }: Config): Promise<KeyedStore> {
  return mongoDbUrl === undefined
    ? SqliteKeyedStore.open({ file: fileIn(dataDir, KEYS_FILE) })
    : opensWhenUsed<KeyedStore>(() => MongoKeyedStore.open({ url: mongoDbUrl }), KEYED_STORE_METHODS);
}

/** @throws ConfigError for a connection string that is wrong */
async function withUrlOf<T>(store: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof InvalidConnectionString)) throw error;
    throw new ConfigError(`The connection string of the ${store} ${error.message}`, { cause: error });
  }
}

/** Opened when it is first used, so that nothing that is wrong with it keeps a ledger from starting. */
function openSnapshotStore({ dataDir, mongoDbUrl }: Config): SnapshotStore {
  return opensWhenUsed<SnapshotStore>(
    () =>
      mongoDbUrl === undefined
        ? SqliteSnapshotStore.open({ file: join(dataDir, SNAPSHOTS_FILE) })
        : MongoSnapshotStore.open({ url: mongoDbUrl }),
    { load: true, save: true },
  );
}

async function openReadSide(config: Config): Promise<Omit<Stores, 'eventStore' | 'snapshotStore'>> {
  const readStore = await openReadStore(config);
  return { readStore, keyedStore: await openKeyedStore(config) };
}
