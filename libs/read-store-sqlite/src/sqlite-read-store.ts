import {
  type Checkpoint,
  type CollectionDefinition,
  checkCollection,
  type Document,
  type DocumentKey,
  type FieldAsked,
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
  type SumOptions,
  type WriteBatch,
} from '#event-sourcing';
import { type Database, guarded, migrate, openDatabase, transaction, WriteAheadLog } from '#sqlite';
import { CollectionTable } from './collection-table.js';
import { type Binding, quoted, type SqlPiece } from './conditions.js';
import {
  asColumns,
  type Column,
  documentOfRow,
  documentsOfColumns,
  documentsOfRows,
  mayComeByColumns,
} from './document-reading.js';
import { placesBetween } from './group-sample.js';
import { PROJECTOR_TABLES, ProjectorTables } from './projector-tables.js';
import { QUARANTINE_TABLE, QuarantineTable, REDRIVE_COLUMN } from './quarantine-table.js';
import { Statements } from './statements.js';

const NAME = 'The read store';

/** Pages of this many documents are read a column at once, the texts of larger ones could become longer than a text can be. */
const COLUMNS_FROM = 100;
const COLUMNS_TO = 1_000;

/**
 * Up to so many rows a group, a walk through all of them is faster than three seeks a group: it looks at each row's
 * columns, those that are wide lie on more pages.
 */
const SCANNED_NARROW_ROWS = 16;
const SCANNED_WIDE_ROWS = 4;

const MIGRATIONS = [
  `CREATE TABLE _checkpoints (projection TEXT NOT NULL PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
   ${QUARANTINE_TABLE}`,
  `${PROJECTOR_TABLES}
   ${REDRIVE_COLUMN}`,
];

export interface SqliteReadStoreOptions {
  /** Path of the file, which several processes and threads may have open at once. */
  readonly file: string;
  /**
   * The clock of the projectors' leases, in milliseconds, which all processes that have the file open read alike; default:
   * the machine's time since it was started, which nobody sets back.
   */
  readonly clock?: () => bigint;
}

/**
 * The read models in an SQLite file. A query is one statement and sees one moment of the file; in WAL mode it neither
 * waits for a writer nor holds one up. The work is done on the caller's thread.
 *
 * Rows are read as arrays with integers as bigints; large pages of fields that were asked for by name, and the newest rows
 * of groups, as one JSON text a column (see document-reading.ts).
 */
export class SqliteReadStore implements ReadStore {
  private readonly tables = new Map<string, CollectionTable>();
  private readonly statements: Statements;
  private readonly projectors: ProjectorTables;
  private readonly quarantine: QuarantineTable;
  private readonly log: WriteAheadLog;
  private known: { readonly version: Column | undefined; readonly checkpoints: readonly Checkpoint[] } | undefined;

  private constructor(
    private readonly database: Database,
    file: string,
    clock: () => bigint,
  ) {
    this.statements = new Statements(database);
    this.projectors = new ProjectorTables(this.statements, clock);
    this.quarantine = new QuarantineTable(this.statements);
    this.log = new WriteAheadLog(database, file);
  }

  /** @throws StoreUnavailable */
  static async open({ file, clock = machineClock }: SqliteReadStoreOptions): Promise<SqliteReadStore> {
    const database = openDatabase({ file, name: NAME });
    return guarded(NAME, () => {
      // What a power cut takes of the last commits comes from the log again, checkpoint and documents alike.
      database.exec('PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY');
      // The log is emptied by WriteAheadLog alone: who moved it after each commit would be in the way of that all the time.
      database.exec('PRAGMA wal_autocheckpoint = 0');
      migrate(database, NAME, MIGRATIONS);
      return new SqliteReadStore(database, file, clock);
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
    const [existing] = this.statements.rows({
      sql: "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?",
      bindings: [name],
    });
    if (existing === undefined) this.database.exec(table.createTable);
    else if (existing[0] !== table.createTable) {
      throw new Error(`the collection ${name} is there with other fields: a changed collection needs a new version`);
    }
    for (const index of table.createIndexes) this.database.exec(index);
  }

  async drop(collections: readonly string[], projections: readonly string[]): Promise<void> {
    this.change(() => {
      for (const name of collections) this.database.exec(`DROP TABLE IF EXISTS ${quoted(name)}`);
      for (const projection of projections) {
        this.statements.run('DELETE FROM _checkpoints WHERE projection = ?', projection);
        this.projectors.forget(projection);
        this.quarantine.forget(projection);
      }
    });
    for (const name of collections) this.tables.delete(name);
  }

  async write(batch: WriteBatch): Promise<void> {
    this.change(() => this.writeBatch(batch));
  }

  private writeBatch({ documents, checkpoints, quarantined = [], redriven = [], session }: WriteBatch): void {
    if (session !== undefined) this.projectors.assertOpen(session);
    for (const { collection, key, position, document } of documents) {
      const table = this.table(collection);
      if (document === null) this.statements.run(table.delete, ...table.keyBindings(key), position);
      else this.statements.run(table.upsert, ...table.rowBindings(key, document), position);
    }
    if (session === undefined) for (const checkpoint of checkpoints) this.advance(checkpoint);
    else this.projectors.advance(session, checkpoints);
    for (const each of redriven) this.quarantine.settle(each);
    for (const each of quarantined) this.quarantine.park(each);
  }

  private advance({ projection, position }: Checkpoint): void {
    this.statements.run(
      'INSERT INTO _checkpoints VALUES (?, ?) ON CONFLICT DO UPDATE SET position = max(position, excluded.position)',
      projection,
      position,
    );
  }

  async getMany(collection: string, keys: readonly DocumentKey[]): Promise<(StoredDocument | undefined)[]> {
    const table = this.table(collection);
    const bindings = keys.map((key) => table.keyBindings(key));
    return guarded(NAME, () => this.snapshot(() => bindings.map((key) => this.storedDocument(table, key))));
  }

  private storedDocument(table: CollectionTable, key: readonly Binding[]): StoredDocument | undefined {
    const row = this.statements.row(table.get, ...key);
    const position = row?.at(-1);
    if (row === undefined || typeof position !== 'bigint') return undefined;
    return { document: documentOfRow(row, table.asked), position };
  }

  async find(collection: string, options: FindOptions = {}): Promise<Document[]> {
    const table = this.table(collection);
    const asked = fieldsAsked(table.definition, options);
    const { limit = Number.POSITIVE_INFINITY } = options;
    const byColumns = limit >= COLUMNS_FROM && limit <= COLUMNS_TO && mayComeByColumns(options, asked);
    return this.read(table.find(options), asked, byColumns);
  }

  async sumBy(collection: string, options: SumOptions): Promise<Document[]> {
    const table = this.table(collection);
    const piece = table.sumBy(options);
    return this.read(piece, fieldsAsked(table.definition, { fields: [...options.groupBy, ...options.sum] }), false);
  }

  async latestBy(collection: string, options: LatestOptions): Promise<Document[]> {
    const table = this.table(collection);
    const asked = fieldsAsked(table.definition, options);
    const isNarrow = mayComeByColumns(options, asked) && asked.every(({ type }) => type !== 'json');
    const scan = guarded(NAME, () => this.isScanFaster(table, options, isNarrow));
    return this.read(scan ? table.latestByScan(options) : table.latestBySeeks(options), asked, isNarrow);
  }

  async count(collection: string, filter?: Filter): Promise<number> {
    return Number(this.query(this.table(collection).count(filter))[0]?.[0]);
  }

  async checkpoints(session?: string): Promise<Checkpoint[]> {
    return guarded(NAME, () =>
      session === undefined ? [...this.checkpointsInForce()] : this.projectors.checkpoints(session),
    );
  }

  /**
   * Read again only after somebody has written to the file: every question asks for them, and the least of all sessions
   * takes longer to find than many an answer.
   */
  private checkpointsInForce(): readonly Checkpoint[] {
    // Looked at before the rows: of what is committed in between, the next call learns. It tells of other connections only.
    const version = this.statements.row('PRAGMA data_version')?.[0];
    if (this.known === undefined || this.known.version !== version) {
      this.known = { version, checkpoints: this.projectors.checkpoints(undefined) };
    }
    return this.known.checkpoints;
  }

  async quarantined(): Promise<QuarantinedStream[]> {
    return guarded(NAME, () => this.quarantine.all());
  }

  async requestRedrive(projection: string, stream: string, at: string): Promise<boolean> {
    return this.change(() => this.quarantine.requestRedrive(projection, stream, at));
  }

  async projectorGroup(): Promise<ProjectorGroupState> {
    return guarded(NAME, () => this.snapshot(() => this.projectors.group()));
  }

  async renewMember(member: ProjectorMember): Promise<void> {
    this.change(() => this.projectors.renew(member));
  }

  async removeMembers(ids: readonly string[]): Promise<void> {
    this.change(() => this.projectors.removeMembers(ids));
  }

  async openSessions(generation: number, ids: readonly string[], checkpoints: readonly Checkpoint[]): Promise<void> {
    this.change(() => this.projectors.openSessions(generation, ids, checkpoints));
  }

  async closeSessions(ids: readonly string[]): Promise<Checkpoint[]> {
    return this.change(() => this.projectors.closeSessions(ids));
  }

  async beginGeneration(next: ProjectorGeneration): Promise<boolean> {
    return this.change(() => this.projectors.beginGeneration(next));
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

  private isScanFaster(table: CollectionTable, options: LatestOptions, isNarrow: boolean): boolean {
    if (!table.canScanFor(options)) return false;
    const [[least = null, greatest = null] = []] = this.statements.rows(table.ends);
    if (least === null) return true;
    const found = this.statements.rows(table.groupsAt(options.groupBy, placesBetween(least, greatest)));
    const sizes = found.map(([rows, groups]) => Number(rows) / Number(groups));
    // NaN where no place had rows behind it: the size is not known then, and seeks cost as much as there are groups.
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    return mean <= (isNarrow ? SCANNED_NARROW_ROWS : SCANNED_WIDE_ROWS);
  }

  private read(piece: SqlPiece, asked: readonly FieldAsked[], byColumns: boolean): Document[] {
    if (!byColumns) return documentsOfRows(this.query(piece), asked);
    const [columns = []] = this.query(asColumns(piece, asked));
    return documentsOfColumns(columns, asked);
  }

  private query(piece: SqlPiece): Column[][] {
    return guarded(NAME, () => this.statements.rows(piece));
  }

  private change<T>(work: () => T): T {
    this.known = undefined;
    const result = guarded(NAME, () => transaction(this.database, work));
    this.log.bound();
    return result;
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

function machineClock(): bigint {
  return process.hrtime.bigint() / 1_000_000n;
}
