import { type KeyedStore, StoreUnavailable } from '#event-sourcing';
import { type Database, guarded, migrate, openDatabase, type Statement } from '#sqlite';

const NAME = 'The key store';

const MIGRATIONS = [
  'CREATE TABLE entries (kind TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID',
];

export interface SqliteKeyedStoreOptions {
  /** Path of the file, which several processes and threads may have open at once. */
  readonly file: string;
}

/** Keys and hashes in an SQLite file; what is removed is overwritten, in the file and in its write-ahead log. */
export class SqliteKeyedStore implements KeyedStore {
  private readonly insert: Statement;
  private readonly select: Statement;
  private readonly selectKind: Statement;
  private readonly selectKinds: Statement;
  private readonly delete: Statement;

  private constructor(private readonly database: Database) {
    this.insert = database.prepare(
      'INSERT INTO entries VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = value RETURNING value',
    );
    this.select = database.prepare('SELECT value FROM entries WHERE kind = ? AND id = ?');
    this.selectKind = database.prepare('SELECT id, value FROM entries WHERE kind = ? ORDER BY id');
    this.selectKinds = database.prepare('SELECT DISTINCT kind FROM entries ORDER BY kind');
    this.delete = database.prepare('DELETE FROM entries WHERE kind = ? AND id = ?');
  }

  /** @throws StoreUnavailable */
  static async open({ file }: SqliteKeyedStoreOptions): Promise<SqliteKeyedStore> {
    const database = openDatabase({ file, name: NAME });
    return guarded(NAME, () => {
      database.exec('PRAGMA secure_delete = ON');
      migrate(database, NAME, MIGRATIONS);
      return new SqliteKeyedStore(database);
    });
  }

  async putIfAbsent(kind: string, id: string, value: string): Promise<string> {
    return guarded(NAME, () => {
      const stored: { value: string } = this.insert.get(kind, id, value);
      return stored.value;
    });
  }

  async get(kind: string, id: string): Promise<string | undefined> {
    const row: { value: string } | undefined = guarded(NAME, () => this.select.get(kind, id));
    return row?.value;
  }

  async list(kind: string): Promise<{ id: string; value: string }[]> {
    const rows: { id: string; value: string }[] = guarded(NAME, () => this.selectKind.all(kind));
    return rows.map(({ id, value }) => ({ id, value }));
  }

  async kinds(): Promise<string[]> {
    const rows: { kind: string }[] = guarded(NAME, () => this.selectKinds.all());
    return rows.map(({ kind }) => kind);
  }

  async remove(kind: string, id: string): Promise<boolean> {
    return guarded(NAME, () => {
      const { changes } = this.delete.run(kind, id);
      this.clearWriteAheadLog();
      return changes > 0;
    });
  }

  async close(): Promise<void> {
    if (this.database.isOpen) this.database.close();
  }

  /** The log still holds older pages, with the removed entry on them. Repeating the removal repeats this. */
  private clearWriteAheadLog(): void {
    const result: { busy: number } = this.database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    if (result.busy !== 0) {
      throw new StoreUnavailable(`${NAME} is in use: the entry is removed, but its traces are not overwritten yet.`);
    }
  }
}
