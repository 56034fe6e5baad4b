import type { Collection } from 'mongodb';
import type { KeyedStore } from '#event-sourcing';
import { MongoConnection, type MongoStoreOptions } from './mongo-connection.js';

const NAME = 'The key store';

interface Entry {
  readonly _id: string;
  readonly kind: string;
  readonly id: string;
  readonly value: string;
}

/**
 * Keys and hashes in MongoDB. A value is handed out only after a majority of the servers has it in its journal, or else
 * something sealed with it could outlive it. What is removed is gone from the collection at once; a replica set's
 * oplog still holds it until it wraps.
 */
export class MongoKeyedStore implements KeyedStore {
  private readonly entries: Collection<Entry>;

  private constructor(private readonly connection: MongoConnection) {
    this.entries = connection.database.collection<Entry>('_keys', {
      readConcern: { level: 'majority' },
    });
  }

  /** @throws StoreUnavailable */
  static async open(options: MongoStoreOptions): Promise<MongoKeyedStore> {
    const store = new MongoKeyedStore(await MongoConnection.open(NAME, options));
    try {
      await store.connection.call(() => store.entries.createIndex({ kind: 1, id: 1 }));
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  async putIfAbsent(kind: string, id: string, value: string): Promise<string> {
    const _id = entryId(kind, id);
    // A write that changes nothing also waits for the majority, so the value of another process is safe, too.
    const stored = await this.connection.call(() =>
      this.entries.findOneAndUpdate(
        { _id },
        { $setOnInsert: { kind, id, value } },
        { upsert: true, returnDocument: 'after' },
      ),
    );
    if (stored === null) throw new Error('an upsert gave no document');
    return stored.value;
  }

  async get(kind: string, id: string): Promise<string | undefined> {
    const entry = await this.connection.call(() => this.entries.findOne({ _id: entryId(kind, id) }));
    return entry?.value;
  }

  async list(kind: string): Promise<{ id: string; value: string }[]> {
    const entries = await this.connection.call(() =>
      this.entries.find({ kind: { $eq: kind } }, { sort: { kind: 1, id: 1 } }).toArray(),
    );
    return entries.map(({ id, value }) => ({ id, value }));
  }

  async kinds(): Promise<string[]> {
    const kinds: string[] = await this.connection.call(() => this.entries.distinct('kind'));
    return kinds.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  async remove(kind: string, id: string): Promise<boolean> {
    const { deletedCount } = await this.connection.call(() => this.entries.deleteOne({ _id: entryId(kind, id) }));
    return deletedCount > 0;
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}

function entryId(kind: string, id: string): string {
  return JSON.stringify([kind, id]);
}
