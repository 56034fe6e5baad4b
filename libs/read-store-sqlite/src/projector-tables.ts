import {
  type Checkpoint,
  LeaseLost,
  type ProjectorGeneration,
  type ProjectorGroupState,
  type ProjectorMember,
  type ProjectorSession,
} from '#event-sourcing';
import type { Column } from './document-reading.js';
import type { Statements } from './statements.js';

/**
 * SQL that makes the tables. The sessions of the generation that is there are those with its number and a member; others
 * with its number are of one that did not come about.
 */
export const PROJECTOR_TABLES = `
  CREATE TABLE _projector_members (
    id TEXT NOT NULL PRIMARY KEY, host TEXT NOT NULL, pid INTEGER NOT NULL, started_at INTEGER NOT NULL,
    renewed_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE _projector_generation (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL);
  CREATE TABLE _projector_sessions (
    id TEXT NOT NULL PRIMARY KEY, generation INTEGER NOT NULL, open INTEGER NOT NULL, member TEXT, partitions TEXT
  ) WITHOUT ROWID;
  CREATE TABLE _session_checkpoints (
    session TEXT NOT NULL, projection TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (session, projection)
  ) WITHOUT ROWID;`;

const IN_FORCE = 'generation = (SELECT number FROM _projector_generation) AND member IS NOT NULL';

/** The least checkpoints of several sessions, of the projections that all of them have one of. */
const leastOf = (sessions: string) =>
  `SELECT projection, min(position) FROM _session_checkpoints WHERE session IN (${sessions})
   GROUP BY projection HAVING count(*) = (SELECT count(*) FROM (${sessions}))`;

const LEAST_IN_FORCE = leastOf(`SELECT id FROM _projector_sessions WHERE ${IN_FORCE}`);
const LEAST_OF_NAMED = leastOf('SELECT id FROM _projector_sessions WHERE id IN (SELECT value FROM json_each(?1))');
const OF_ONE = 'SELECT projection, position FROM _session_checkpoints WHERE session = ?';

const withSoleWriters = (sql: string) =>
  `SELECT projection, max(position) FROM (SELECT projection, position FROM _checkpoints UNION ALL ${sql})
   GROUP BY projection ORDER BY projection`;

/** What projectors agree on, in an SQLite file; to be called within its transactions. */
export class ProjectorTables {
  /**
   * @param clock milliseconds, which all processes that have the file open read alike
   */
  constructor(
    private readonly statements: Statements,
    private readonly clock: () => bigint,
  ) {}

  group(): ProjectorGroupState {
    const number = Number(this.statements.row('SELECT number FROM _projector_generation')?.[0] ?? 0);
    const sessions = this.statements.rows({
      sql: `SELECT id, member, partitions, open FROM _projector_sessions WHERE ${IN_FORCE} ORDER BY id`,
      bindings: [],
    });
    const members = this.statements.rows({
      sql: 'SELECT id, host, pid, started_at, renewed_at FROM _projector_members ORDER BY id',
      bindings: [],
    });
    const now = this.clock();
    return {
      generation: { number, sessions: sessions.map(sessionOfRow) },
      open: new Set(sessions.filter(([, , , open]) => open === 1n).map(([id]) => String(id))),
      members: members.map(([id, host, pid, startedAt, renewedAt]) => ({
        id: String(id),
        host: String(host),
        pid: Number(pid),
        startedAt: Number(startedAt),
        age: Number(now - BigInt(renewedAt ?? 0)),
      })),
    };
  }

  renew({ id, host, pid, startedAt }: ProjectorMember): void {
    this.statements.run(
      'INSERT INTO _projector_members VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET renewed_at = excluded.renewed_at',
      id,
      host,
      BigInt(pid),
      BigInt(Math.round(startedAt)),
      this.clock(),
    );
  }

  removeMembers(ids: readonly string[]): void {
    for (const id of ids) this.statements.run('DELETE FROM _projector_members WHERE id = ?', id);
  }

  openSessions(generation: number, ids: readonly string[], checkpoints: readonly Checkpoint[]): void {
    for (const id of ids) {
      const sql = 'INSERT INTO _projector_sessions (id, generation, open) VALUES (?, ?, 1)';
      this.statements.run(sql, id, BigInt(generation));
      this.advance(id, checkpoints);
    }
  }

  closeSessions(ids: readonly string[]): Checkpoint[] {
    for (const id of ids) this.statements.run('UPDATE _projector_sessions SET open = 0 WHERE id = ?', id);
    return checkpointsOf(this.statements.rows({ sql: LEAST_OF_NAMED, bindings: [JSON.stringify(ids)] }));
  }

  beginGeneration({ number, sessions }: ProjectorGeneration): boolean {
    if (number === 1) this.statements.run('INSERT OR IGNORE INTO _projector_generation VALUES (1, 0)');
    const replaced = this.statements.run(
      'UPDATE _projector_generation SET number = ? WHERE number = ?',
      BigInt(number),
      BigInt(number - 1),
    );
    if (replaced === 0) return false;
    for (const { id, member, partitions } of sessions) {
      const sql = 'UPDATE _projector_sessions SET member = ?, partitions = ? WHERE id = ?';
      this.statements.run(sql, member, JSON.stringify(partitions), id);
    }
    const before = BigInt(number - 1);
    this.statements.run(
      'DELETE FROM _session_checkpoints WHERE session IN (SELECT id FROM _projector_sessions WHERE generation < ?)',
      before,
    );
    this.statements.run('DELETE FROM _projector_sessions WHERE generation < ?', before);
    return true;
  }

  /** @throws LeaseLost */
  assertOpen(session: string): void {
    const row = this.statements.row('SELECT 1 FROM _projector_sessions WHERE id = ? AND open = 1', session);
    if (row === undefined) throw new LeaseLost(`the session ${session} is closed`);
  }

  advance(session: string, checkpoints: readonly Checkpoint[]): void {
    for (const { projection, position } of checkpoints) {
      this.statements.run(
        'INSERT INTO _session_checkpoints VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET position = max(position, excluded.position)',
        session,
        projection,
        position,
      );
    }
  }

  forget(projection: string): void {
    this.statements.run('DELETE FROM _session_checkpoints WHERE projection = ?', projection);
  }

  checkpoints(session: string | undefined): Checkpoint[] {
    return checkpointsOf(
      this.statements.rows(
        session === undefined
          ? { sql: withSoleWriters(LEAST_IN_FORCE), bindings: [] }
          : { sql: withSoleWriters(OF_ONE), bindings: [session] },
      ),
    );
  }
}

function checkpointsOf(rows: readonly Column[][]): Checkpoint[] {
  return rows.map(([projection, position]) => ({ projection: String(projection), position: BigInt(position ?? 0) }));
}

function sessionOfRow([id, member, partitions]: readonly Column[]): ProjectorSession {
  return { id: String(id), member: String(member), partitions: JSON.parse(String(partitions)) };
}
