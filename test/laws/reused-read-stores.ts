import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import type { CollectionDefinition, ReadStore, WriteBatch } from '#event-sourcing';
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

/** @param url of a database of its own, which is dropped in the end */
export async function reusedMongoReadStore(url: string): Promise<ReusedReadStore> {
  const store = await MongoReadStore.open({ url });
  const client = await MongoClient.connect(url);
  return reused(store, {
    async empty(written) {
      const collections = await client.db().listCollections({}, { nameOnly: true }).toArray();
      const names = collections.map(({ name }) => name).filter((name) => name.startsWith('_') || written.has(name));
      await Promise.all(names.map((name) => client.db().collection(name).deleteMany({})));
    },
    async remove() {
      await client.db().dropDatabase();
      await client.close();
    },
  });
}

interface Cleaning {
  /** @param written the read models' collections that something was written to */
  empty(written: ReadonlySet<string>): Promise<void>;
  remove(): Promise<void>;
}

function reused(store: ReadStore, { empty, remove }: Cleaning): ReusedReadStore {
  const written = new Set<string>();
  const kept = watched(store, written);
  return {
    open: async () => ({
      store: kept,
      async close() {
        await empty(written);
        written.clear();
      },
    }),
    async close() {
      await store.close();
      await remove();
    },
  };
}

/**
 * The same store, which makes a collection at the first time it is asked to, and notes which ones are written to. One that
 * nothing was written to since it was emptied is not asked for what is in it: of a ledger's many collections a history
 * touches a few, and every question to a server costs as much as a whole history on SQLite.
 */
function watched(store: ReadStore, written: Set<string>): ReadStore {
  const prepared = new Set<string>();
  return new Proxy(store, {
    get(target, name) {
      if (name === 'prepare') {
        return async (collections: readonly CollectionDefinition[]) => {
          const fresh = collections.filter((collection) => !prepared.has(collection.name));
          if (fresh.length > 0) await target.prepare(fresh);
          for (const collection of fresh) prepared.add(collection.name);
        };
      }
      if (name === 'find') {
        const find: ReadStore['find'] = async (collection, options) =>
          written.has(collection) ? target.find(collection, options) : [];
        return find;
      }
      if (name === 'getMany') {
        const getMany: ReadStore['getMany'] = async (collection, keys) =>
          written.has(collection) ? target.getMany(collection, keys) : keys.map(() => undefined);
        return getMany;
      }
      if (name === 'write') {
        return (batch: WriteBatch) => {
          for (const { collection } of batch.documents) written.add(collection);
          return target.write(batch);
        };
      }
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
