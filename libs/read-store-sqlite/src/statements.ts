import { LRUCache } from 'lru-cache';
import type { Database, Statement } from '#sqlite';
import type { Binding, SqlPiece } from './conditions.js';
import type { Column } from './document-reading.js';

const MAX_STATEMENTS = 500;

/** The statements of a database, prepared once. Rows are arrays, integers bigints. */
export class Statements {
  private readonly statements = new LRUCache<string, Statement>({ max: MAX_STATEMENTS });

  constructor(private readonly database: Database) {}

  rows({ sql, bindings }: SqlPiece): Column[][] {
    return this.of(sql).all(...bindings);
  }

  row(sql: string, ...bindings: readonly Binding[]): Column[] | undefined {
    return this.of(sql).get(...bindings);
  }

  /** @returns the number of rows changed */
  run(sql: string, ...bindings: readonly Binding[]): number {
    return Number(this.of(sql).run(...bindings).changes);
  }

  clear(): void {
    this.statements.clear();
  }

  private of(sql: string): Statement {
    const cached = this.statements.get(sql);
    if (cached !== undefined) return cached;
    const statement = this.database.prepare(sql);
    statement.setReturnArrays(true);
    statement.setReadBigInts(true);
    this.statements.set(sql, statement);
    return statement;
  }
}
