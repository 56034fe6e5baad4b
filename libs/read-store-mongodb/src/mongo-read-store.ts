import { type ClientSession, type Collection, MongoBulkWriteError, MongoServerError } from 'mongodb';
import {
  type Checkpoint,
  type CollectionDefinition,
  checkCollection,
  type Document,
  type DocumentKey,
  type Filter,
  type FindOptions,
  fieldsAsked,
  type LatestOptions,
  type ProjectorGeneration,
  type ProjectorGroupState,
  type ProjectorMember,
  type QuarantinedStream,
  type ReadStore,
  type StoredDocument,
  StoreUnavailable,
  type SumOptions,
  type WriteBatch,
} from '#event-sourcing';
import { ANSWER_WITHIN, MongoConnection, type MongoStoreOptions } from './mongo-connection.js';
import { ProjectorDocuments } from './projector-documents.js';
import { QuarantineDocuments } from './quarantine-documents.js';
import { type BsonRow, guardedReplacement, plainReplacement, StoredCollection } from './stored-collection.js';

const NAME = 'The read store';
const DUPLICATE_KEY = 11000;
const NAMESPACE_EXISTS = 48;
/** What servers before 7, and others that speak their protocol, say of a collection that is not there. */
const NAMESPACE_NOT_FOUND = 'ns not found';
/** Keys a query, and documents a batch of a cursor: far below the 16 MiB of a message. */
const MAX_KEYS = 10_000;
const BATCH_SIZE = 10_000;
/** Milliseconds for what goes through a collection, for what makes or drops one, and on top for each document written. */
const QUERY_WITHIN = 60_000;
const DEFINITION_WITHIN = 600_000;
const DOCUMENT_WITHIN = 5;

/**
 * The read models in MongoDB 7. On a replica set a batch is one transaction. A standalone has none: there the documents
 * are written first, each only over an older one, and then the checkpoints, so that a batch that was cut off is repeated.
 */
export class MongoReadStore implements ReadStore {
  private readonly collections = new Map<string, StoredCollection>();
  private readonly projectors: ProjectorDocuments;
  private readonly quarantine: QuarantineDocuments;
  /** The driver's session in which the projector's session writes. */
  private writer: { readonly session: string; readonly client: ClientSession } | undefined;

  private constructor(private readonly connection: MongoConnection) {
    this.projectors = new ProjectorDocuments(connection.database, connection.transactions);
    this.quarantine = new QuarantineDocuments(connection.database);
  }

  /** @throws StoreUnavailable */
  static async open(options: MongoStoreOptions): Promise<MongoReadStore> {
    const store = new MongoReadStore(await MongoConnection.open(NAME, options));
    try {
      // A transaction cannot rely on making them.
      for (const name of [store.projectors.name, store.projectors.memberName, store.quarantine.name]) {
        await store.createCollection(name);
      }
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
      await this.connection.call(
        () => this.rows(name).createIndexes(collection.indexes.map((key) => ({ key }))),
        DEFINITION_WITHIN,
      );
      this.collections.set(name, collection);
    }
  }

  private async createCollection(name: string): Promise<void> {
    try {
      await this.connection.call(() => this.connection.database.createCollection(name));
    } catch (error) {
      if (!(error instanceof MongoServerError && error.code === NAMESPACE_EXISTS)) throw error;
    }
  }

  async drop(collections: readonly string[], projections: readonly string[]): Promise<void> {
    await this.connection.call(async () => {
      for (const name of collections) {
        await this.dropCollection(name);
        this.collections.delete(name);
      }
      await this.projectors.forget(projections);
      await this.quarantine.forget(projections);
    }, DEFINITION_WITHIN);
  }

  private async dropCollection(name: string): Promise<void> {
    try {
      await this.connection.database.dropCollection(name);
    } catch (error) {
      if (!(error instanceof MongoServerError && error.message === NAMESPACE_NOT_FOUND)) throw error;
    }
  }

  async write(batch: WriteBatch): Promise<void> {
    const rows = this.rowsByCollection(batch);
    const work = () =>
      this.connection.transactions ? this.writeTransaction(rows, batch) : this.writeGuardedBatch(rows, batch);
    try {
      await this.connection.call(work, ANSWER_WITHIN + DOCUMENT_WITHIN * batch.documents.length);
    } catch (error) {
      // It may be in the middle of a transaction that nobody waits for any more; that of a batch without a session is its own.
      if (error instanceof StoreUnavailable && batch.session !== undefined) this.leaveWriter();
      throw error;
    }
  }

  private async writeTransaction(rows: ReadonlyMap<string, readonly BsonRow[]>, batch: WriteBatch): Promise<void> {
    const inTransaction = (client: ClientSession) =>
      client.withTransaction(() => this.writeInTransaction(rows, batch, client), {
        readConcern: { level: 'snapshot' },
      });
    if (batch.session === undefined) await this.connection.client.withSession(inTransaction);
    else await inTransaction(await this.writerOf(batch.session));
  }

  /** One a session, known to those who close it: they end the transaction that it may be in. @throws LeaseLost */
  private async writerOf(session: string): Promise<ClientSession> {
    if (this.writer?.session === session) return this.writer.client;
    this.leaveWriter();
    const client = this.connection.client.startSession();
    this.writer = { session, client };
    // The driver gives a session its id when it is first asked for.
    await this.projectors.assertOpen(session, client.id?.id);
    return client;
  }

  /** Ends the driver's session and the transaction that it may be in, but does not wait for it: the server may be away. */
  private leaveWriter(): void {
    void this.writer?.client.endSession();
    this.writer = undefined;
  }

  private async writeGuardedBatch(rows: ReadonlyMap<string, readonly BsonRow[]>, batch: WriteBatch): Promise<void> {
    if (batch.session !== undefined) await this.projectors.assertOpen(batch.session);
    for (const [name, documents] of rows) await this.writeGuarded(name, documents);
    await this.writeProgress(batch);
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

  private async writeProgress(batch: WriteBatch, client?: ClientSession): Promise<void> {
    const { checkpoints, quarantined = [], redriven = [], session } = batch;
    const options = client === undefined ? {} : { session: client };
    await this.quarantine.settle(redriven, options);
    await this.quarantine.park(quarantined, options);
    await this.projectors.advance(session, checkpoints, options);
  }

  async getMany(name: string, keys: readonly DocumentKey[]): Promise<(StoredDocument | undefined)[]> {
    const collection = this.collection(name);
    const ids = keys.map((key) => collection.idOf(key));
    const stored = new Map<string, StoredDocument>();
    for (let start = 0; start < ids.length; start += MAX_KEYS) {
      const filter = { _id: { $in: ids.slice(start, start + MAX_KEYS) } };
      const rows = await this.connection.call(() => this.rows(name).find(filter, { batchSize: BATCH_SIZE }).toArray());
      for (const row of rows) {
        if (!collection.isDocument(row)) continue;
        stored.set(row._id, { document: collection.documentOf(row), position: row._position });
      }
    }
    return ids.map((id) => stored.get(id));
  }

  async find(name: string, options: FindOptions = {}): Promise<Document[]> {
    const collection = this.collection(name);
    const { filter, sort, projection } = collection.find(options);
    const { limit } = options;
    // To MongoDB a limit of 0 is none.
    if (limit === 0) return [];
    const rows = await this.connection.call(
      () =>
        this.rows(name)
          .find(filter, {
            projection,
            batchSize: BATCH_SIZE,
            ...(sort.size > 0 && { sort, allowDiskUse: true }),
            ...(limit !== undefined && { limit }),
          })
          .toArray(),
      QUERY_WITHIN,
    );
    const asked = fieldsAsked(collection.definition, options);
    return rows.map((row) => collection.documentOf(row, asked));
  }

  async sumBy(name: string, options: SumOptions): Promise<Document[]> {
    const collection = this.collection(name);
    const groups = await this.aggregate(name, collection.sumBy(options));
    return groups.map((group) => collection.sumsOf(options, group));
  }

  async latestBy(name: string, options: LatestOptions): Promise<Document[]> {
    const collection = this.collection(name);
    const rows = await this.aggregate(name, collection.latestBy(options));
    const asked = fieldsAsked(collection.definition, options);
    return rows.map((row) => collection.documentOf(row, asked));
  }

  async count(name: string, filter?: Filter): Promise<number> {
    const conditions = this.collection(name).filterOf(filter);
    return Number(await this.connection.call(() => this.rows(name).countDocuments(conditions), QUERY_WITHIN));
  }

  checkpoints(session?: string): Promise<Checkpoint[]> {
    return this.connection.call(() => this.projectors.checkpoints(session));
  }

  quarantined(): Promise<QuarantinedStream[]> {
    return this.connection.call(() => this.quarantine.all());
  }

  requestRedrive(projection: string, stream: string, at: string): Promise<boolean> {
    return this.connection.call(() => this.quarantine.requestRedrive(projection, stream, at));
  }

  projectorGroup(): Promise<ProjectorGroupState> {
    return this.connection.call(() => this.projectors.group());
  }

  renewMember(member: ProjectorMember): Promise<void> {
    return this.connection.call(() => this.projectors.renew(member));
  }

  removeMembers(ids: readonly string[]): Promise<void> {
    return this.connection.call(() => this.projectors.removeMembers(ids));
  }

  openSessions(generation: number, ids: readonly string[], checkpoints: readonly Checkpoint[]): Promise<void> {
    return this.connection.call(() => this.projectors.openSessions(generation, ids, checkpoints));
  }

  closeSessions(ids: readonly string[]): Promise<Checkpoint[]> {
    return this.connection.call(() => this.projectors.closeSessions(ids));
  }

  beginGeneration(next: ProjectorGeneration): Promise<boolean> {
    return this.connection.call(() => this.projectors.beginGeneration(next));
  }

  async ping(): Promise<void> {
    await this.connection.call(() => this.connection.database.command({ ping: 1 }));
  }

  async close(): Promise<void> {
    await this.connection.close();
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
    return this.connection.call(
      () => this.rows(name).aggregate(pipeline, { allowDiskUse: true, batchSize: BATCH_SIZE }).toArray(),
      QUERY_WITHIN,
    );
  }
}

/** Whether nothing failed but insertions of documents that are there, and are therefore as new. */
function wereAllThereAlready(error: unknown): boolean {
  if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError() !== undefined) return false;
  const failures = [error.writeErrors].flat();
  return failures.length > 0 && failures.every(({ code }) => code === DUPLICATE_KEY);
}
