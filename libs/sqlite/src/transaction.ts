import type { Database } from './open-database.js';

/**
 * Does the work in one transaction, which holds the write lock from its start so that it cannot fail half-way for the
 * want of it; an error thrown by the work or the commit undoes everything.
 */
export function transaction<T>(database: Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite has rolled back by itself after some errors, such as a full disk.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
