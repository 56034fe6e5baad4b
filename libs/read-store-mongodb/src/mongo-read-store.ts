import { type ClientSession, type Collection, MongoBulkWriteError, MongoServerError } from 'mongodb';
import {
  type Checkpoint,
  type CollectionDefinition,
  checkCollection,
  type Document,
  type DocumentKey,
  type Filter,
  type FindOptions,
  type LatestOptions,
  type QuarantinedStream,
  type ReadStore,
  type StoredDocument,
  type SumOptions,
  type WriteBatch,
} from '#event-sourcing';
import { connect, type MongoConnection, type MongoStoreOptions, reached } from './mongo-connection.js';
import { type BsonRow, guardedReplacement, plainReplacement, StoredCollection } from './stored-collection.js';

const NAME = 'The read store';
const DUPLICATE_KEY = 11000;
const NAMESPACE_EXISTS = 48;
/** Keys a query, and documents a batch of a cursor: far below the 16 MiB of a message. */
const MAX_KEYS = 10_000;
const BATCH_SIZE = 10_000;

interface CheckpointRow {
  readonly _id: string;
  readonly position: bigint;
}

interface QuarantinedRow extends QuarantinedStream {
  readonly _id: string;
}

/**
 * The read models in MongoDB 7. On a replica set a batch is one transaction. A standalone has none: there the documents
 * are written first, each only over an older one, and then the checkpoints, so that a batch that was cut off is repeated.
 */
export class MongoReadStore implements ReadStore {
  private readonly collections = new Map<string, StoredCollection>();
  private readonly checkpointRows: Collection<CheckpointRow>;
  private readonly quarantinedRows: Collection<QuarantinedRow>;

  private constructor(private readonly connection: MongoConnection) {
    this.checkpointRows = connection.database.collection<CheckpointRow>('_checkpoints');
    this.quarantinedRows = connection.database.collection<QuarantinedRow>('_quarantined');
  }

  /** @throws StoreUnavailable */
  static async open(options: MongoStoreOptions): Promise<MongoReadStore> {
    const store = new MongoReadStore(await connect(NAME, options));
    try {
      // A transaction cannot rely on making them.
      for (const rows of [store.checkpointRows, store.quarantinedRows])
        await store.createCollection(rows.collectionName);
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Whether a batch is written wholly or not at all. */
  get transactional(): boolean {
    return this.connection.transactions;
  }

  async prepare(definitions: readonly CollectionDefinition[]): Promise<void> {
    const collections = definitions.map((definition) => {
      checkCollection(definition);
      return new StoredCollection(definition);
    });
    for (const collection of collections) {
      const { name } = collection.definition;
      await this.createCollection(name);
      await reached(NAME, () => this.rows(name).createIndexes(collection.indexes.map((key) => ({ key }))));
      this.collections.set(name, collection);
    }
  }

  private async createCollection(name: string): Promise<void> {
    try {
      await reached(NAME, () => this.connection.database.createCollection(name));
    } catch (error) {
      if (!(error instanceof MongoServerError && error.code === NAMESPACE_EXISTS)) throw error;
    }
  }

  async write(batch: WriteBatch): Promise<void> {
    const rows = this.rowsByCollection(batch);
    await reached(NAME, async () => {
      if (this.connection.transactions) {
        await this.connection.client.withSession((session) =>
          session.withTransaction(() => this.writeInTransaction(rows, batch, session), {
            readConcern: { level: 'snapshot' },
            writeConcern: { w: 'majority' },
          }),
        );
        return;
      }
      for (const [name, documents] of rows) await this.writeGuarded(name, documents);
      await this.writeProgress(batch);
    });
  }

  /** By collection; of several for one document only the newest. */
  private rowsByCollection({ documents }: WriteBatch): Map<string, BsonRow[]> {
    const byCollection = new Map<string, Map<string, BsonRow>>();
    for (const write of documents) {
      const row = this.collection(write.collection).rowOf(write);
      const rows = byCollection.get(write.collection) ?? new Map<string, BsonRow>();
      byCollection.set(write.collection, rows);
      if (row._position > (rows.get(row._id)?._position ?? -1n)) rows.set(row._id, row);
    }
    return new Map([...byCollection].map(([name, rows]) => [name, [...rows.values()]]));
  }

  private async writeGuarded(name: string, rows: readonly BsonRow[]): Promise<void> {
    try {
      await this.rows(name).bulkWrite(rows.map(guardedReplacement), { ordered: false });
    } catch (error) {
      if (!wereAllThereAlready(error)) throw error;
    }
  }

  /** A duplicate key would end the transaction, so positions are compared before; a conflict with another repeats it. */
  private async writeInTransaction(
    rows: ReadonlyMap<string, readonly BsonRow[]>,
    batch: WriteBatch,
    session: ClientSession,
  ): Promise<void> {
    for (const [name, documents] of rows) {
      const ids = documents.map(({ _id }) => _id);
      const found = this.rows(name).find({ _id: { $in: ids } }, { projection: { _position: 1 }, session });
      const positions = new Map((await found.toArray()).map(({ _id, _position }) => [_id, _position]));
      const newer = documents.filter(({ _id, _position }) => _position > (positions.get(_id) ?? -1n));
      if (newer.length > 0) await this.rows(name).bulkWrite(newer.map(plainReplacement), { session });
    }
    await this.writeProgress(batch, session);
  }

  private async writeProgress({ checkpoints, quarantined = [] }: WriteBatch, session?: ClientSession): Promise<void> {
    const options = session === undefined ? {} : { session };
    if (quarantined.length > 0) {
      // The first one stands: a stream stops once.
      const insertions = quarantined.map((each) => ({
        updateOne: {
          filter: { _id: JSON.stringify([each.projection, each.stream]) },
          update: { $setOnInsert: { ...each } },
          upsert: true,
        },
      }));
      await this.quarantinedRows.bulkWrite(insertions, options);
    }
    if (checkpoints.length > 0) {
      const advances = checkpoints.map(({ projection, position }) => ({
        updateOne: { filter: { _id: projection }, update: { $max: { position } }, upsert: true },
      }));
      await this.checkpointRows.bulkWrite(advances, options);
    }
  }

  async getMany(name: string, keys: readonly DocumentKey[]): Promise<(StoredDocument | undefined)[]> {
    const collection = this.collection(name);
    const ids = keys.map((key) => collection.idOf(key));
    const stored = new Map<string, StoredDocument>();
    for (let start = 0; start < ids.length; start += MAX_KEYS) {
      const filter = { _id: { $in: ids.slice(start, start + MAX_KEYS) } };
      const rows = await reached(NAME, () => this.rows(name).find(filter, { batchSize: BATCH_SIZE }).toArray());
      for (const row of rows) {
        if (!collection.isDocument(row)) continue;
        stored.set(row._id, { document: collection.documentOf(row), position: row._position });
      }
    }
    return ids.map((id) => stored.get(id));
  }

  async find(name: string, options: FindOptions = {}): Promise<Document[]> {
    const collection = this.collection(name);
    const { filter, sort } = collection.find(options);
    const { limit } = options;
    // To MongoDB a limit of 0 is none.
    if (limit === 0) return [];
    const rows = await reached(NAME, () =>
      this.rows(name)
        .find(filter, {
          projection: { _id: 0, _position: 0 },
          batchSize: BATCH_SIZE,
          ...(sort.size > 0 && { sort, allowDiskUse: true }),
          ...(limit !== undefined && { limit }),
        })
        .toArray(),
    );
    return rows.map((row) => collection.documentOf(row));
  }

  async sumBy(name: string, options: SumOptions): Promise<Document[]> {
    const collection = this.collection(name);
    const groups = await this.aggregate(name, collection.sumBy(options));
    return groups.map((group) => collection.sumsOf(options, group));
  }

  async latestBy(name: string, options: LatestOptions): Promise<Document[]> {
    const collection = this.collection(name);
    const rows = await this.aggregate(name, collection.latestBy(options));
    return rows.map((row) => collection.documentOf(row));
  }

  async count(name: string, filter?: Filter): Promise<number> {
    const conditions = this.collection(name).filterOf(filter);
    return Number(await reached(NAME, () => this.rows(name).countDocuments(conditions)));
  }

  async checkpoints(): Promise<Checkpoint[]> {
    const rows = await reached(NAME, () => this.checkpointRows.find({}, { sort: { _id: 1 } }).toArray());
    return rows.map(({ _id, position }) => ({ projection: _id, position }));
  }

  async quarantined(): Promise<QuarantinedStream[]> {
    const sort = { projection: 1, position: 1, stream: 1 } as const;
    const rows = await reached(NAME, () => this.quarantinedRows.find({}, { sort }).toArray());
    return rows.map(({ _id, ...each }) => each);
  }

  async ping(): Promise<void> {
    await reached(NAME, () => this.connection.database.command({ ping: 1 }));
  }

  async close(): Promise<void> {
    await this.connection.client.close();
  }

  private collection(name: string): StoredCollection {
    const collection = this.collections.get(name);
    if (collection === undefined) throw new Error(`the collection ${name} was not prepared`);
    return collection;
  }

  private rows(name: string): Collection<BsonRow> {
    return this.connection.database.collection<BsonRow>(name);
  }

  private aggregate(name: string, pipeline: Parameters<Collection['aggregate']>[0]) {
    return reached(NAME, () =>
      this.rows(name).aggregate(pipeline, { allowDiskUse: true, batchSize: BATCH_SIZE }).toArray(),
    );
  }
}

/** Whether nothing failed but insertions of documents that are there, and are therefore as new. */
function wereAllThereAlready(error: unknown): boolean {
  if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError() !== undefined) return false;
  const failures = [error.writeErrors].flat();
  return failures.length > 0 && failures.every(({ code }) => code === DUPLICATE_KEY);
}
