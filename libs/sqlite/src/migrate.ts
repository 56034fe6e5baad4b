import { StoreUnavailable } from '#event-sourcing';
import type { Database } from './open-database.js';
import { guarded } from './sqlite-errors.js';
import { transaction } from './transaction.js';

/**
 * Brings the file's schema to the newest version: `migrations[n]` is the SQL that leads from version n to n + 1, and the
 * version stands in the file (`PRAGMA user_version`). Never change a migration that was released; append one.
 * @throws StoreUnavailable, also for a file that a newer program wrote
 */
export function migrate(database: Database, name: string, migrations: readonly string[]): void {
  guarded(name, () => {
    if (schemaVersion(database) === migrations.length) return;
    transaction(database, () => {
      // Read again under the lock: another process may have been quicker.
      const version = schemaVersion(database);
      if (version > migrations.length) {
        throw new StoreUnavailable(
          `${name} was written by a newer version of this program (schema ${version}, known up to ${migrations.length}).`,
        );
      }
      for (const migration of migrations.slice(version)) database.exec(migration);
      database.exec(`PRAGMA user_version = ${migrations.length}`);
    });
  });
}

function schemaVersion(database: Database): number {
  const statement = database.prepare('PRAGMA user_version');
  statement.setReturnArrays(true);
  const row: number[] = statement.get();
  return row[0] ?? 0;
}
