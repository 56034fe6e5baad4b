import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fileOf } from '../../testing/import-doubles.js';
import { type CsvForm, csvRows } from './csv-rows.js';
import type { ReadRow } from './source-row.js';

async function read(text: string, form: CsvForm = {}, pieceBytes = 7) {
  let header: readonly string[] = [];
  const rows: ReadRow[] = [];
  for await (const batch of csvRows(fileOf(text, pieceBytes), form, (columns) => {
    header = columns;
  })) {
    rows.push(...batch);
  }
  return { header, rows };
}

const values = (rows: readonly ReadRow[]) => rows.map((row) => ('values' in row ? { ...row.values } : row.unreadable));

describe('rows of CSV', () => {
  it('numbers data rows from 1 and leaves blank cells out', async () => {
    const { header, rows } = await read('\uFEFFa, b ,c\r\n1,,x\r\n\r\n2,"y, ""z""\nand on",  \r\n');
    expect(header).toEqual(['a', 'b', 'c']);
    expect(rows.map(({ row }) => row)).toEqual([1, 2]);
    expect(values(rows)).toEqual([
      { a: '1', c: 'x' },
      { a: '2', b: 'y, "z"\nand on' },
    ]);
  });

  it('keeps white space within cells as given', async () => {
    expect(values((await read('a,b\n x ,1\n')).rows)).toEqual([{ a: ' x ', b: '1' }]);
  });

  it('gives the same rows however the file is cut into pieces', async () => {
    const text = 'id,name\n1,"Čapek, ""Karel"""\n2,渡辺\n3,"two\nlines"\n';
    const whole = await read(text, {}, 1_000);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), async (pieceBytes) => {
        expect(await read(text, {}, pieceBytes)).toEqual(whole);
      }),
    );
  });

  it('says which row has another number of cells than the header, and reads on', async () => {
    const { rows } = await read('a,b\n1,2\n1,2,3\n1\n4,5\n');
    expect(rows.map((row) => ('unreadable' in row ? row.unreadable.code : 'read'))).toEqual([
      'read',
      'cell-count',
      'cell-count',
      'read',
    ]);
    expect(rows[1]).toEqual({
      row: 2,
      unreadable: { field: null, code: 'cell-count', message: 'The row has 3 cells, the header 2.' },
      last: false,
    });
  });

  it.each([
    ['a quote that is never closed', 'a,b\n1,2\n3,"4\n5,6\n', 'A quote is opened and never closed.'],
    ['text behind a closing quote', 'a,b\n1,2\n"3"x,4\n5,6\n', 'After a closing quote'],
    ['a quote in the middle', 'a,b\n1,2\n3"x,4\n5,6\n', 'A quote stands in the middle'],
  ])('ends at %s, with every row before it', async (_, text, message) => {
    for (const pieceBytes of [3, 1_000]) {
      const { rows } = await read(text, {}, pieceBytes);
      expect(values(rows.slice(0, 1))).toEqual([{ a: '1', b: '2' }]);
      expect(rows[1]).toMatchObject({ row: 2, unreadable: { code: 'malformed' }, last: true });
      expect(rows[1]).toHaveProperty('unreadable.message', expect.stringContaining(message));
      expect(rows).toHaveLength(2);
    }
  });

  it('refuses bytes that are not text in the encoding, and reads them in the right one', async () => {
    const latin = async function* () {
      yield Buffer.from('name\nA\nCaf\xe9\n', 'latin1');
    };
    const collect = async (encoding: string) => {
      const rows: ReadRow[] = [];
      for await (const batch of csvRows(latin(), { encoding }, () => undefined)) rows.push(...batch);
      return rows;
    };
    expect((await collect('utf-8')).at(-1)).toMatchObject({ unreadable: { code: 'encoding' }, last: true });
    expect(values(await collect('windows-1252'))).toEqual([{ name: 'A' }, { name: 'Café' }]);
  });

  it('reads other delimiters', async () => {
    expect(values((await read('a;b\n1,5;2\n', { delimiter: ';' })).rows)).toEqual([{ a: '1,5', b: '2' }]);
  });

  it('tells an empty header of an empty file', async () => {
    const headers: (readonly string[])[] = [];
    for await (const _ of csvRows(fileOf(''), {}, (columns) => headers.push(columns))) throw new Error('no rows');
    expect(headers).toEqual([[]]);
  });

  it('reads no more of the source than has been dealt with', async () => {
    let pieces = 0;
    const source = (async function* () {
      yield Buffer.from('a,b\n');
      for (;;) {
        pieces += 1;
        yield Buffer.from('1,2\n'.repeat(100));
      }
    })();
    let batches = 0;
    for await (const _ of csvRows(source, {}, () => undefined)) if (++batches === 3) break;
    expect(pieces).toBe(3);
  });

  it('does not touch the prototype of its rows', async () => {
    const { rows } = await read('__proto__,constructor\nx,y\n');
    expect(values(rows)).toEqual([{ ['__proto__']: 'x', constructor: 'y' }]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it('ends at a row without end', async () => {
    const endless = (async function* () {
      yield Buffer.from('a\n1\n"');
      for (;;) yield Buffer.alloc(65_536, 'x');
    })();
    const rows: ReadRow[] = [];
    for await (const batch of csvRows(endless, {}, () => undefined)) rows.push(...batch);
    expect(rows.at(-1)).toMatchObject({ row: 2, unreadable: { code: 'malformed' }, last: true });
  });
});
