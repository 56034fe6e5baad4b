import { rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import {
  SnapshotLost,
  type SnapshotSegment,
  type SnapshotStore,
  type StoredSnapshot,
  StoreUnavailable,
} from '#event-sourcing';
import {
  closeDatabase,
  type Database,
  guarded,
  migrate,
  openDatabase,
  RESULT_CODE,
  resultCode,
  type Statement,
  transaction,
} from '#sqlite';

const NAME = 'The snapshot store';
/** Snapshots are written on the thread that answers commands: who finds the file locked gives up soon. */
const BUSY_TIMEOUT = 50;
const PAGES_A_TRANSACTION = 16;
const FILES = ['', '-wal', '-shm'];

const MIGRATIONS = [
  `CREATE TABLE heads (stream TEXT PRIMARY KEY, head TEXT NOT NULL, segments TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE pages (stream TEXT NOT NULL, segment TEXT NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL,
     PRIMARY KEY (stream, segment, number))`,
];

/** A segment in the list beside a head. */
interface ListedSegment {
  readonly id: string;
  readonly pages: number;
}

export interface SqliteSnapshotStoreOptions {
  /** Path of the file, which several processes may have open at once. A file that is damaged is made anew. */
  readonly file: string;
}

/**
 * Snapshots in an SQLite file of their own. Its commits do not wait for the disk: after a power failure it may be damaged,
 * and is then made anew. Pages are read when they are asked for.
 */
export class SqliteSnapshotStore implements SnapshotStore {
  private readonly selectHead: Statement;
  private readonly selectPage: Statement;
  private readonly countPages: Statement;
  private readonly insertPage: Statement;
  private readonly upsertHead: Statement;
  private readonly deleteOthers: Statement;

  private constructor(private readonly database: Database) {
    this.selectHead = database.prepare('SELECT head, segments FROM heads WHERE stream = ?');
    this.selectPage = database.prepare('SELECT bytes FROM pages WHERE stream = ? AND segment = ? AND number = ?');
    this.countPages = database.prepare('SELECT count(*) AS pages FROM pages WHERE stream = ? AND segment = ?');
    this.insertPage = database.prepare('INSERT OR IGNORE INTO pages VALUES (?, ?, ?, ?)');
    this.upsertHead = database.prepare(
      'INSERT INTO heads VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET head = excluded.head, segments = excluded.segments',
    );
    this.deleteOthers = database.prepare(
      `DELETE FROM pages WHERE rowid IN (SELECT rowid FROM pages WHERE stream = ?1
         AND segment NOT IN (SELECT value ->> 'id' FROM heads, json_each(heads.segments) WHERE heads.stream = ?1)
         LIMIT ?2)`,
    );
  }

  /** @throws StoreUnavailable */
  static async open({ file }: SqliteSnapshotStoreOptions): Promise<SqliteSnapshotStore> {
    try {
      return openedAt(file);
    } catch (error) {
      if (!isDamaged(error)) throw error;
      for (const suffix of FILES) rmSync(`${file}${suffix}`, { force: true });
      return openedAt(file);
    }

    function openedAt(path: string): SqliteSnapshotStore {
      const database = openDatabase({ file: path, name: NAME, busyTimeout: BUSY_TIMEOUT });
      try {
        return guarded(NAME, () => {
          database.exec('PRAGMA synchronous = OFF');
          migrate(database, NAME, MIGRATIONS);
          return new SqliteSnapshotStore(database);
        });
      } catch (error) {
        database.close();
        throw error;
      }
    }
  }

  async load(stream: string): Promise<StoredSnapshot | undefined> {
    const row: { head: string; segments: string } | undefined = guarded(NAME, () => this.selectHead.get(stream));
    if (row === undefined) return undefined;
    const listed = JSON.parse(row.segments) as readonly ListedSegment[];
    return { head: row.head, segments: listed.map((segment) => this.segmentOf(stream, segment)) };
  }

  async save(stream: string, { head, segments }: StoredSnapshot): Promise<readonly SnapshotSegment[]> {
    for (const segment of segments) await this.insertMissing(stream, segment);
    const list = JSON.stringify(segments.map(({ id, pages }) => ({ id, pages })));
    guarded(NAME, () =>
      transaction(this.database, () => {
        for (const segment of segments) {
          if (this.pagesOf(stream, segment) !== segment.pages) {
            throw new SnapshotLost('another process has removed pages of this snapshot');
          }
        }
        this.upsertHead.run(stream, head, list);
      }),
    );
    // In steps, for whoever waits for this thread; what the head names is left, which may be another process's by now.
    while (guarded(NAME, () => this.deleteOthers.run(stream, PAGES_A_TRANSACTION)).changes > 0) {
      await setImmediate();
    }
    return segments.map((segment) => this.segmentOf(stream, segment));
  }

  async close(): Promise<void> {
    if (this.database.isOpen) closeDatabase(this.database, NAME);
  }

  private segmentOf(stream: string, { id, pages }: ListedSegment): SnapshotSegment {
    return {
      id,
      pages,
      held: false,
      page: (number) => {
        const row: { bytes: Uint8Array } | undefined = pageGuarded(() => this.selectPage.get(stream, id, number));
        if (row === undefined) throw new SnapshotLost('another process has removed a page of this snapshot');
        return row.bytes;
      },
    };
  }

  private async insertMissing(stream: string, segment: SnapshotSegment): Promise<void> {
    if (guarded(NAME, () => this.pagesOf(stream, segment)) === segment.pages) return;
    for (let first = 0; first < segment.pages; first += PAGES_A_TRANSACTION) {
      const last = Math.min(first + PAGES_A_TRANSACTION, segment.pages);
      guarded(NAME, () =>
        transaction(this.database, () => {
          for (let number = first; number < last; number++) {
            this.insertPage.run(stream, segment.id, number, segment.page(number));
          }
        }),
      );
      await setImmediate();
    }
  }

  private pagesOf(stream: string, { id }: ListedSegment): number {
    const row: { pages: number } = this.countPages.get(stream, id);
    return row.pages;
  }
}

/** A page that cannot be read is one that is lost: folds and decisions cannot wait for it. */
function pageGuarded<T>(read: () => T): T {
  try {
    return guarded(NAME, read);
  } catch (cause) {
    if (!(cause instanceof StoreUnavailable)) throw cause;
    throw new SnapshotLost('a page of a snapshot cannot be read', { cause });
  }
}

function isDamaged(error: unknown): boolean {
  const code = error instanceof StoreUnavailable ? resultCode(error.cause) : undefined;
  return code === RESULT_CODE.NOTADB || code === RESULT_CODE.CORRUPT;
}
