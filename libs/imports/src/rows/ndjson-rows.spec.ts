import { describe, expect, it } from '@jest/globals';
import { fileOf } from '../../testing/import-doubles.js';
import { ndjsonRows } from './ndjson-rows.js';
import type { ReadRow } from './source-row.js';

async function read(text: string, pieceBytes = 5): Promise<ReadRow[]> {
  const rows: ReadRow[] = [];
  for await (const batch of ndjsonRows(fileOf(text, pieceBytes), {})) rows.push(...batch);
  return rows;
}

describe('rows of NDJSON', () => {
  it('takes texts, numbers, booleans; null and blank are left out', async () => {
    const rows = await read('{"a":"x","b":2.5,"c":true}\n\n{"a":null,"b":" ","c":"渡辺"}');
    expect(rows.map((row) => [row.row, 'values' in row ? { ...row.values } : row])).toEqual([
      [1, { a: 'x', b: '2.5', c: 'true' }],
      [2, { c: '渡辺' }],
    ]);
  });

  it('reads on after a line that is no object', async () => {
    const rows = await read('{"a":1}\n{"a":\n[1]\n"x"\n{"a":2}\n');
    expect(rows.map((row) => ('unreadable' in row ? [row.row, row.unreadable.code, row.last] : row.row))).toEqual([
      1,
      [2, 'malformed', false],
      [3, 'malformed', false],
      [4, 'malformed', false],
      5,
    ]);
  });

  it('does not guess at numbers that a double cannot hold', async () => {
    const [row] = await read('{"id":12345678901234567890,"price":0.12345678901234567,"fine":9007199254740991,"n":[1]}');
    expect(row).toMatchObject({
      errors: [
        { field: 'id', code: 'inexact-number' },
        { field: 'price', code: 'inexact-number' },
        { field: 'n', code: 'cell-type' },
      ],
    });
    expect(row).toHaveProperty('values.fine', '9007199254740991');
  });

  it('ends at a line without end', async () => {
    const rows: ReadRow[] = [];
    const endless = (async function* () {
      yield Buffer.from('{"a":1}\n');
      for (;;) yield Buffer.alloc(65_536, 'x');
    })();
    for await (const batch of ndjsonRows(endless, {})) rows.push(...batch);
    expect(rows.at(-1)).toMatchObject({ row: 2, unreadable: { code: 'malformed' }, last: true });
  });
});
