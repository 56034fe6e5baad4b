import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CollectionDefinition, type Document, type FindOptions, fieldsAsked } from '#event-sourcing';
import { type Database, openDatabase, transaction } from '#sqlite';
import { CollectionTable } from './collection-table.js';
import type { Binding, SqlPiece } from './conditions.js';
import { asColumns, documentsOfColumns, documentsOfRows, mayComeByColumns } from './document-reading.js';
import { placesBetween } from './group-sample.js';

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
    ['the newest row of each group', table.latestBySeeks({ groupBy: ['account'], by: 'day', upTo: 100n })],
    [
      'the newest row of some groups',
      table.latestBySeeks({ groupBy: ['account'], by: 'day', upTo: 100n, filter: { account: { eq: 'a' } } }),
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

describe('the newest rows of all groups', () => {
  const options = { groupBy: ['account'], by: 'day' } as const;
  const answer = ({ sql, bindings }: SqlPiece): unknown[] => {
    const statement = database.prepare(sql);
    statement.setReadBigInts(true);
    return statement.all(...bindings).map((row: object) => Object.values(row));
  };
  const insert = (rows: readonly Row[]) => {
    const upsert = database.prepare(table.upsert);
    transaction(database, () => {
      for (const { account, day, region } of rows) upsert.run(account, BigInt(day), BigInt(day * 2), region, 1n);
    });
  };
  interface Row {
    readonly account: string;
    readonly day: number;
    readonly region: string | null;
  }
  const rowsOf = (accounts: number, each: number): Row[] =>
    Array.from({ length: accounts * each }, (_, number) => ({
      account: `a${String(number % accounts).padStart(4, '0')}`,
      day: number,
      region: null,
    }));

  it('are the same whether they are sought or found on one walk through all rows', () => {
    const row = fc.record({
      account: fc.constantFrom('', 'a', 'b', 'é'),
      day: fc.integer({ min: -5, max: 5 }),
      region: fc.constantFrom('north', 'south', null),
    });
    const rows = fc.uniqueArray(row, { maxLength: 30, selector: ({ account, day }) => `${account} ${day}` });
    fc.assert(
      fc.property(rows, fc.integer({ min: -6, max: 6 }), fc.boolean(), (some, day, filtered) => {
        database.exec('DELETE FROM "account_day_v1"');
        insert(some);
        const asked = { ...options, upTo: BigInt(day), ...(filtered && { filter: { region: { eq: 'north' } } }) };
        expect(table.canScanFor(asked)).toBe(true);
        expect(answer(table.latestByScan(asked))).toEqual(answer(table.latestBySeeks(asked)));
      }),
      { numRuns: 200 },
    );
  });

  it('are walked to only where the group is not asked for by name', () => {
    expect(table.canScanFor({ ...options, upTo: 1n, filter: { account: { in: ['a'] } } })).toBe(false);
    expect(table.canScanFor({ ...options, upTo: 1n, filter: { region: { eq: 'north' } } })).toBe(true);
    expect(() => table.canScanFor({ groupBy: ['missing'], by: 'day', upTo: 1n })).toThrow(TypeError);
  });

  /** The mean of what is found at the places. */
  function rowsAGroup(): number {
    const [[least = null, greatest = null] = []] = answer(table.ends) as Binding[][];
    const sizes = (answer(table.groupsAt(['account'], placesBetween(least, greatest))) as bigint[][]).map(
      ([rows, groups]) => Number(rows) / Number(groups),
    );
    return sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  }

  it.each([
    [1, 1],
    [3, 2],
    [40, 100],
    [2_000, 3],
  ])('of %d groups of %d rows are known to be of so many', (accounts, each) => {
    insert(rowsOf(accounts, each));
    expect(rowsAGroup()).toBeGreaterThanOrEqual(each * 0.8);
    expect(rowsAGroup()).toBeLessThanOrEqual(each);
  });

  it('are known to be many where the first groups have hundreds of rows and the last ones one', () => {
    insert(rowsOf(600, 30));
    insert(rowsOf(900, 1).slice(600));
    expect(rowsAGroup()).toBeGreaterThan(15);
  });

  it('are known to be few where the very first groups alone have many', () => {
    insert(rowsOf(900, 2));
    insert(rowsOf(3, 300));
    expect(rowsAGroup()).toBeLessThan(4);
  });

  it('of no group have no ends', () => {
    expect(answer(table.ends)).toEqual([[null, null]]);
  });
});

describe('places between two values', () => {
  const text = fc.string({ unit: 'binary', maxLength: 6 });

  it('of integers lie between them, ascending', () => {
    const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(integer, integer, (a, b) => {
        const [least, greatest] = a < b ? [a, b] : [b, a];
        const found = placesBetween(least, greatest) as bigint[];
        expect(found).toHaveLength(8);
        for (const [number, place] of found.entries()) {
          expect(place >= least && place <= greatest && place >= (found[number - 1] ?? place)).toBe(true);
        }
      }),
    );
  });

  it('of texts are eight texts without NUL, whatever stands in the two', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const found = placesBetween(a, b);
        expect(found).toHaveLength(8);
        expect(found.some((place) => String(place).includes('\0'))).toBe(false);
      }),
    );
  });

  it('of ids in a row are spread over them', () => {
    const ids = Array.from({ length: 1_000 }, (_, number) => `a${String(number).padStart(4, '0')}`);
    const found = placesBetween('a0000', 'a0999').map((place) => ids.filter((id) => id < String(place)).length);
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(found[1]).toBeLessThan(300);
    expect(found[6]).toBeGreaterThan(600);
    expect(new Set(found).size).toBeGreaterThanOrEqual(6);
  });
});

describe('a page that is read a column at once', () => {
  const everything = new CollectionTable({
    name: 'everything_v1',
    fields: { id: 'text', amount: 'integer', flag: 'boolean', json: 'json', text: 'text' },
    key: ['id'],
  });
  const scalar = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('"', '\\', '\n', '\u2028', '[', 'null', ''));
  const integer = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.constantFrom(0n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n), -(2n ** 53n) - 1n),
  );
  const document = fc.record({
    id: scalar,
    amount: fc.option(integer),
    flag: fc.option(fc.boolean()),
    json: fc.option(fc.jsonValue()),
    text: fc.option(scalar),
  });

  it('holds the documents that are read a row at once, whatever is in them', () => {
    database.exec(everything.createTable);
    const documents = fc.uniqueArray(document, { selector: ({ id }) => id.replaceAll('\0', '\ufffd'), maxLength: 12 });
    const fields = fc.option(fc.shuffledSubarray(['id', 'amount', 'flag', 'json', 'text'], { minLength: 1 }), {
      nil: undefined,
    });
    const rows = ({ sql, bindings }: SqlPiece): (string | bigint | null)[][] => {
      const statement = database.prepare(sql);
      statement.setReturnArrays(true);
      statement.setReadBigInts(true);
      return statement.all(...bindings);
    };
    fc.assert(
      fc.property(documents, fields, fc.integer({ min: 1, max: 9 }), fc.boolean(), (some, chosen, limit, texts) => {
        database.exec('DELETE FROM "everything_v1"');
        const upsert = database.prepare(everything.upsert);
        transaction(database, () => {
          for (const each of some) upsert.run(...everything.rowBindings([each.id], each as Document), 1n);
        });
        const options = { limit, ...(chosen && { fields: chosen }), ...(texts && { asText: ['json'] }) };
        const asked = fieldsAsked(everything.definition, options);
        const [columns = []] = rows(asColumns(everything.find(options), asked));
        const expected = documentsOfRows(rows(everything.find(options)), asked);
        expect(documentsOfColumns(columns, asked)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('is not of doubles, which SQLite words with fewer digits than they have', () => {
    const doubles: CollectionDefinition = { name: 'd', fields: { id: 'text', ratio: 'number' }, key: ['id'] };
    const may = (options: Pick<FindOptions, 'fields' | 'asText'>) =>
      mayComeByColumns(options, fieldsAsked(doubles, options));
    expect([may({}), may({ fields: ['id', 'ratio'] }), may({ fields: ['id'] })]).toEqual([false, false, true]);
  });
});
