import type { QuarantinedStream, RedrivenStream } from '#event-sourcing';
import type { Statements } from './statements.js';

/** SQL that makes the table. */
export const QUARANTINE_TABLE = `CREATE TABLE _quarantined (
     projection TEXT NOT NULL, stream TEXT NOT NULL, revision INTEGER NOT NULL, position INTEGER NOT NULL,
     event_id TEXT NOT NULL, type TEXT NOT NULL, error TEXT NOT NULL, at TEXT NOT NULL,
     PRIMARY KEY (projection, stream)
   ) WITHOUT ROWID;`;

/** SQL that adds what came later. */
export const REDRIVE_COLUMN = 'ALTER TABLE _quarantined ADD COLUMN redrive_requested_at TEXT;';

/** The quarantined streams in an SQLite file; to be called within its transactions. */
export class QuarantineTable {
  constructor(private readonly statements: Statements) {}

  all(): QuarantinedStream[] {
    const rows = this.statements.rows({
      sql: `SELECT projection, stream, revision, position, event_id, type, error, at, redrive_requested_at
            FROM _quarantined ORDER BY projection, position, stream`,
      bindings: [],
    });
    return rows.map(
      ([projection, stream, revision, position, eventId, type, error, at, redriveRequestedAt = null]) => ({
        projection: String(projection),
        stream: String(stream),
        revision: Number(revision),
        position: BigInt(position ?? 0),
        eventId: String(eventId),
        type: String(type),
        error: String(error),
        at: String(at),
        ...(redriveRequestedAt !== null && { redriveRequestedAt: String(redriveRequestedAt) }),
      }),
    );
  }

  /** The first one stands: a stream stops once. */
  park({ projection, stream, revision, position, eventId, type, error, at }: QuarantinedStream): void {
    const sql = 'INSERT INTO _quarantined VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL) ON CONFLICT DO NOTHING';
    this.statements.run(sql, projection, stream, BigInt(revision), position, eventId, type, error, at);
  }

  settle({ projection, stream, requestedAt, parked }: RedrivenStream): void {
    const ofStream = 'WHERE projection = ? AND stream = ?';
    if (parked === null) {
      this.statements.run(`DELETE FROM _quarantined ${ofStream}`, projection, stream);
      return;
    }
    this.park(parked);
    const { revision, position, eventId, type, error, at } = parked;
    const sql = `UPDATE _quarantined SET revision = ?, position = ?, event_id = ?, type = ?, error = ?, at = ?,
                 redrive_requested_at = NULLIF(redrive_requested_at, ?) ${ofStream}`;
    const pointer = [BigInt(revision), position, eventId, type, error, at];
    this.statements.run(sql, ...pointer, requestedAt ?? null, projection, stream);
  }

  forget(projection: string): void {
    this.statements.run('DELETE FROM _quarantined WHERE projection = ?', projection);
  }

  requestRedrive(projection: string, stream: string, at: string): boolean {
    const sql = 'UPDATE _quarantined SET redrive_requested_at = ? WHERE projection = ? AND stream = ?';
    return this.statements.run(sql, at, projection, stream) > 0;
  }
}
