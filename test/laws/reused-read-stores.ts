import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import type { ReadStore } from '#event-sourcing';
import type { OpenedReadStore } from '#event-sourcing-testing';
import { MongoReadStore } from '#read-store-mongodb';
import { SqliteReadStore } from '#read-store-sqlite';
import { openDatabase } from '#sqlite';

/**
 * One store for thousands of histories: making the collections and indexes of every read model takes far longer than
 * running a history, so they stay, and what is in them is taken out.
 */
export interface ReusedReadStore {
  /** The store, with nothing in it; closing what is given empties it for the next history. */
  open(): Promise<OpenedReadStore>;
  /** Closes and removes it. */
  close(): Promise<void>;
}

export async function reusedSqliteReadStore(): Promise<ReusedReadStore> {
  const folder = mkdtempSync(join(tmpdir(), 'read-store-ä b-'));
  const file = join(folder, 'read.db');
  const store = await SqliteReadStore.open({ file });
  const broom = openDatabase({ file, name: 'The broom' });
  return reused(store, {
    async empty() {
      const tables = broom.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
      broom.exec(`BEGIN; ${tables.map(({ name }) => `DELETE FROM "${name}"`).join('; ')}; COMMIT`);
    },
    async remove() {
      broom.close();
      rmSync(folder, { recursive: true });
    },
  });
}

/** What MongoReadStore keeps beside the read models. */
const [CHECKPOINTS, QUARANTINE, MEMBERS] = ['_checkpoints', '_quarantined', '_projectors'];

/** @param url of a database of its own, which is dropped in the end */
export async function reusedMongoReadStore(url: string): Promise<ReusedReadStore> {
  const store = await MongoReadStore.open({ url });
  const client = await MongoClient.connect(url);
  return reused(store, {
    async empty({ collections, quarantine, members }) {
      const names = [CHECKPOINTS, ...(quarantine ? [QUARANTINE] : []), ...(members ? [MEMBERS] : []), ...collections];
      await Promise.all(names.map((name = '') => client.db().collection(name).deleteMany({})));
    },
    async remove() {
      await client.db().dropDatabase();
      await client.close();
    },
  });
}

/** What a history has written to. */
interface Touched {
  readonly collections: Set<string>;
  quarantine: boolean;
  members: boolean;
}

interface Cleaning {
  empty(touched: Touched): Promise<void>;
  remove(): Promise<void>;
}

function reused(store: ReadStore, { empty, remove }: Cleaning): ReusedReadStore {
  const touched: Touched = { collections: new Set(), quarantine: false, members: false };
  const kept = watched(store, touched);
  return {
    open: async () => ({
      store: kept,
      async close() {
        await empty(touched);
        touched.collections.clear();
        touched.quarantine = false;
        touched.members = false;
      },
    }),
    async close() {
      await store.close();
      await remove();
    },
  };
}

/**
 * The same store, which makes a collection at the first time it is asked to, and notes what is written to. What nothing
 * was written to since it was emptied is not asked for what is in it: of a ledger's many collections a history touches a
 * few, and every question to a server costs as much as a whole history on SQLite.
 */
function watched(store: ReadStore, touched: Touched): ReadStore {
  const prepared = new Set<string>();
  const own: Pick<ReadStore, 'prepare' | 'find' | 'getMany' | 'quarantined' | 'write' | 'renewMember'> = {
    async prepare(collections) {
      const fresh = collections.filter((collection) => !prepared.has(collection.name));
      if (fresh.length > 0) await store.prepare(fresh);
      for (const collection of fresh) prepared.add(collection.name);
    },
    find: async (collection, options) => (touched.collections.has(collection) ? store.find(collection, options) : []),
    getMany: async (collection, keys) =>
      touched.collections.has(collection) ? store.getMany(collection, keys) : keys.map(() => undefined),
    quarantined: async () => (touched.quarantine ? store.quarantined() : []),
    write(batch) {
      for (const { collection } of batch.documents) touched.collections.add(collection);
      if (batch.quarantined !== undefined && batch.quarantined.length > 0) touched.quarantine = true;
      return store.write(batch);
    },
    renewMember(member) {
      touched.members = true;
      return store.renewMember(member);
    },
  };
  return new Proxy(store, {
    get(target, name) {
      if (name in own) return own[name as keyof typeof own];
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
