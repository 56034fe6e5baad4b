import { LRUCache } from 'lru-cache';
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
import { type Database, guarded, migrate, openDatabase, type Statement, transaction } from '#sqlite';
import { CollectionTable, type Column } from './collection-table.js';
import type { Binding, SqlPiece } from './conditions.js';

const NAME = 'The read store';
const MAX_STATEMENTS = 500;

const MIGRATIONS = [
  `CREATE TABLE _checkpoints (projection TEXT NOT NULL PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE _quarantined (
     projection TEXT NOT NULL, stream TEXT NOT NULL, revision INTEGER NOT NULL, position INTEGER NOT NULL,
     event_id TEXT NOT NULL, type TEXT NOT NULL, error TEXT NOT NULL, at TEXT NOT NULL,
     PRIMARY KEY (projection, stream)
   ) WITHOUT ROWID;`,
];

export interface SqliteReadStoreOptions {
  /** Path of the file, which several processes and threads may have open at once. */
  readonly file: string;
}

/**
 * The read models in an SQLite file. A query is one statement and sees one moment of the file; in WAL mode it neither
 * waits for a writer nor holds one up. The work is done on the caller's thread.
 *
 * Rows are read as arrays with integers as bigints: letting SQLite hand over JSON texts a column was measured 15 %
 * faster with 100,000 rows of five fields, but its texts of doubles are not exact.
 */
export class SqliteReadStore implements ReadStore {
  private readonly tables = new Map<string, CollectionTable>();
  private readonly statements = new LRUCache<string, Statement>({ max: MAX_STATEMENTS });

  private constructor(private readonly database: Database) {}

  /** @throws StoreUnavailable */
  static async open({ file }: SqliteReadStoreOptions): Promise<SqliteReadStore> {
    const database = openDatabase({ file, name: NAME });
    return guarded(NAME, () => {
      // What a power cut takes of the last commits comes from the log again, checkpoint and documents alike.
      database.exec('PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY');
      migrate(database, NAME, MIGRATIONS);
      return new SqliteReadStore(database);
    });
  }

  /** @throws Error for a collection that is there with other fields or another key */
  async prepare(collections: readonly CollectionDefinition[]): Promise<void> {
    const tables = collections.map((definition) => {
      checkCollection(definition);
      return new CollectionTable(definition);
    });
    guarded(NAME, () =>
      transaction(this.database, () => {
        for (const table of tables) this.createTable(table);
      }),
    );
    for (const table of tables) this.tables.set(table.definition.name, table);
  }

  private createTable(table: CollectionTable): void {
    const { name } = table.definition;
    const [existing] = this.rows({
      sql: "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?",
      bindings: [name],
    });
    if (existing === undefined) this.database.exec(table.createTable);
    else if (existing[0] !== table.createTable) {
      throw new Error(`the collection ${name} is there with other fields: a changed collection needs a new version`);
    }
    for (const index of table.createIndexes) this.database.exec(index);
  }

  async write(batch: WriteBatch): Promise<void> {
    guarded(NAME, () => transaction(this.database, () => this.writeBatch(batch)));
  }

  private writeBatch({ documents, checkpoints, quarantined = [] }: WriteBatch): void {
    for (const { collection, key, position, document } of documents) {
      const table = this.table(collection);
      if (document === null) this.run(table.delete, [...table.keyBindings(key), position]);
      else this.run(table.upsert, [...table.rowBindings(key, document), position]);
    }
    for (const { projection, position } of checkpoints) {
      this.run(
        'INSERT INTO _checkpoints VALUES (?, ?) ON CONFLICT DO UPDATE SET position = max(position, excluded.position)',
        [projection, position],
      );
    }
    for (const { projection, stream, revision, position, eventId, type, error, at } of quarantined) {
      // The first one stands: a stream stops once.
      this.run('INSERT INTO _quarantined VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING', [
        projection,
        stream,
        BigInt(revision),
        position,
        eventId,
        type,
        error,
        at,
      ]);
    }
  }

  async getMany(collection: string, keys: readonly DocumentKey[]): Promise<(StoredDocument | undefined)[]> {
    const table = this.table(collection);
    const bindings = keys.map((key) => table.keyBindings(key));
    return guarded(NAME, () => this.snapshot(() => bindings.map((key) => this.storedDocument(table, key))));
  }

  private storedDocument(table: CollectionTable, key: readonly Binding[]): StoredDocument | undefined {
    const row: Column[] | undefined = this.statement(table.get).get(...key);
    const position = row?.at(-1);
    if (row === undefined || typeof position !== 'bigint') return undefined;
    return { document: table.documentOf(row), position };
  }

  async find(collection: string, options: FindOptions = {}): Promise<Document[]> {
    const table = this.table(collection);
    return this.query(table.find(options)).map((row) => table.documentOf(row));
  }

  async sumBy(collection: string, options: SumOptions): Promise<Document[]> {
    const table = this.table(collection);
    const fields = [...options.groupBy, ...options.sum];
    return this.query(table.sumBy(options)).map((row) => table.documentOfColumns(fields, row));
  }

  async latestBy(collection: string, options: LatestOptions): Promise<Document[]> {
    const table = this.table(collection);
    return this.query(table.latestBy(options)).map((row) => table.documentOf(row));
  }

  async count(collection: string, filter?: Filter): Promise<number> {
    return Number(this.query(this.table(collection).count(filter))[0]?.[0]);
  }

  async checkpoints(): Promise<Checkpoint[]> {
    const rows = this.query({ sql: 'SELECT projection, position FROM _checkpoints ORDER BY projection', bindings: [] });
    return rows.map(([projection, position]) => ({ projection: String(projection), position: BigInt(position ?? 0) }));
  }

  async quarantined(): Promise<QuarantinedStream[]> {
    const rows = this.query({
      sql: `SELECT projection, stream, revision, position, event_id, type, error, at
            FROM _quarantined ORDER BY projection, position, stream`,
      bindings: [],
    });
    return rows.map(([projection, stream, revision, position, eventId, type, error, at]) => ({
      projection: String(projection),
      stream: String(stream),
      revision: Number(revision),
      position: BigInt(position ?? 0),
      eventId: String(eventId),
      type: String(type),
      error: String(error),
      at: String(at),
    }));
  }

  async ping(): Promise<void> {
    this.query({ sql: 'SELECT 1 FROM _checkpoints LIMIT 1', bindings: [] });
  }

  async close(): Promise<void> {
    this.statements.clear();
    if (this.database.isOpen) this.database.close();
  }

  private table(collection: string): CollectionTable {
    const table = this.tables.get(collection);
    if (table === undefined) throw new Error(`the collection ${collection} was not prepared`);
    return table;
  }

  private query(piece: SqlPiece): Column[][] {
    return guarded(NAME, () => this.rows(piece));
  }

  private rows({ sql, bindings }: SqlPiece): Column[][] {
    return this.statement(sql).all(...bindings);
  }

  private run(sql: string, bindings: readonly Binding[]): void {
    this.statement(sql).run(...bindings);
  }

  private statement(sql: string): Statement {
    const cached = this.statements.get(sql);
    if (cached !== undefined) return cached;
    const statement = this.database.prepare(sql);
    statement.setReturnArrays(true);
    statement.setReadBigInts(true);
    this.statements.set(sql, statement);
    return statement;
  }

  /** Does the reads in one transaction, so that they see one moment. */
  private snapshot<T>(reads: () => T): T {
    this.database.exec('BEGIN');
    try {
      return reads();
    } finally {
      this.database.exec('COMMIT');
    }
  }
}
