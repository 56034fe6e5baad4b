import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CollectionDefinition } from '#event-sourcing';
import { type Database, openDatabase } from '#sqlite';
import { CollectionTable } from './collection-table.js';
import type { SqlPiece } from './conditions.js';

const DAYS: CollectionDefinition = {
  name: 'account_day_v1',
  fields: { account: 'text', day: 'integer', revenue: 'integer', region: 'text' },
  key: ['account', 'day'],
  indexes: [['region', 'revenue']],
};

let folder: string;
let database: Database;
const table = new CollectionTable(DAYS);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'collection-table-'));
  database = openDatabase({ file: join(folder, 'test.db'), name: 'The test store' });
  for (const sql of [table.createTable, ...table.createIndexes]) database.exec(sql);
});

afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

/** How SQLite goes about a query, a line a step. */
function planOf({ sql, bindings }: SqlPiece): string[] {
  const steps: { detail: string }[] = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...bindings);
  return steps.map(({ detail }) => detail);
}

/** Looking through a whole table or index, or sorting. */
const COSTLY = /SCAN (account_day_v1|d|n)\b|TEMP B-TREE/;

describe('a query on a collection', () => {
  const newest = { direction: 'desc' } as const;

  it.each<[string, SqlPiece]>([
    ['the newest row of each group', table.latestBy({ groupBy: ['account'], by: 'day', upTo: 100n })],
    [
      'the newest row of some groups',
      table.latestBy({ groupBy: ['account'], by: 'day', upTo: 100n, filter: { account: { eq: 'a' } } }),
    ],
    ['a page in the order of the key', table.find({ limit: 10, after: ['a', 5n] })],
    [
      'the newest page of an account',
      table.find({
        filter: { account: { eq: 'a' } },
        sort: [{ field: 'day', ...newest }],
        after: [5n, 'a'],
        limit: 10,
      }),
    ],
    [
      'a page in the order of an index',
      table.find({
        filter: { region: { eq: 'north' } },
        sort: [{ field: 'revenue', direction: 'asc' }],
        after: [5n, 'a', 1n],
        limit: 10,
      }),
    ],
  ])('for %s seeks', (_, query) => {
    const plan = planOf(query);
    expect(plan.filter((step) => COSTLY.test(step))).toEqual([]);
    expect(plan.some((step) => step.startsWith('SEARCH'))).toBe(true);
  });
});
