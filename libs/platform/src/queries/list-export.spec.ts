import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { type CollectionDefinition, contentHash } from '#event-sourcing';
import { Problem } from '../problems/problem.js';
import { type CursorForm, storedCursorForm } from './cursor-form.js';
import { cursorText, parseCursor } from './cursor-text.js';
import { type Cursor, wholeList } from './list.js';
import { csvOf, ndjsonOf } from './list-export.js';

async function textOf(chunks: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}

describe('csvOf', () => {
  it('joins nested fields by dots, writes lists as JSON and quotes what needs it', async () => {
    const items = [
      { id: 'a', place: { city: 'Köln', code: null }, tags: ['x', 'y'], note: 'say "hi", twice' },
      { id: 'b', place: { city: 'Oslo', code: 'O' }, tags: [], note: 'two\nlines' },
    ];
    expect(await textOf(csvOf(wholeList(items)))).toBe(
      'id,place.city,place.code,tags,note\r\na,Köln,,"[""x"",""y""]","say ""hi"", twice"\r\nb,Oslo,O,[],"two\nlines"\r\n',
    );
  });

  it('keeps a spreadsheet from running a cell, and leaves numbers alone', async () => {
    const items = [{ a: '=1+1', b: '@x', c: '-12.5', d: '+49', e: '-', f: -3 }];
    expect(await textOf(csvOf(wholeList(items)))).toBe("a,b,c,d,e,f\r\n'=1+1,'@x,-12.5,'+49,'-,-3\r\n");
  });

  it.each([
    '=1+1',
    '+49 30 1',
    '-x',
    '-',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    ' =1',
    "'=1",
    "''-1+1",
    '＝1+1',
    '－1+1',
    '=HYPERLINK("http://evil.example","x")',
    "=cmd|' /C calc'!A0",
    '-1+1',
    '--1',
    '-1e5',
    '+1',
  ])('writes the text %j behind one apostrophe, which taken away gives it back', async (text) => {
    const [cell = ''] = parse(await textOf(csvOf(wholeList([{ text }]))), { from: 2 }).flat();
    expect(cell).toBe(`'${text}`);
  });

  it('leaves what is no formula as it is: numbers, dates, ids, lists', async () => {
    const items = [
      { a: '-12.5', b: -3, c: '0.1', d: '2025-01-01', e: 'a=b', f: "it's", g: ['=1'], h: -1e-7, i: "'quoted'" },
    ];
    const [cells] = parse(await textOf(csvOf(wholeList(items))), { from: 2 });
    expect(cells).toEqual(['-12.5', '-3', '0.1', '2025-01-01', 'a=b', "it's", '["=1"]', '-1e-7', "'quoted'"]);
  });

  it('can always be read back by the rule, whatever the texts are', async () => {
    const odd = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom("'", '=', '-', '+', '@', '\t', ' ', '1', '.') }),
    );
    await fc.assert(
      fc.asyncProperty(odd, async (text) => {
        const [cell = ''] = parse(await textOf(csvOf(wholeList([{ before: 'x', text }]))), { from: 2 })[0]!.slice(1);
        const number = /^-?[0-9]+(\.[0-9]+)?$/.test(cell);
        expect(number || !/^\s*[=+\-@＝＋－＠\t\r\n]/.test(cell)).toBe(true);
        const read = /^'+\s*[=+\-@＝＋－＠\t\r\n]/.test(cell) ? cell.slice(1) : cell;
        expect(read).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it('gives the header of an empty list, and every page once', async () => {
    expect(await textOf(csvOf(wholeList([], { columns: ['a', 'b'] })))).toBe('a,b\r\n');
    const items = Array.from({ length: 1_203 }, (_, n) => ({ n }));
    expect((await textOf(csvOf(wholeList(items)))).split('\r\n')).toEqual([
      'n',
      ...items.map(({ n }) => String(n)),
      '',
    ]);
    expect(
      (await textOf(ndjsonOf(wholeList(items))))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(items);
  });
});

/** The form that cursors such as this one have. */
function formOf(cursor: Cursor): CursorForm {
  const types = { string: 'text', bigint: 'integer', number: 'number', boolean: 'boolean' } as const;
  return cursor.map((value) => ({ type: types[typeof value as keyof typeof types] ?? 'json', nullable: true }));
}

/** A cursor as anybody could make it up: with a right check. */
function forgedCursor(list: string, values: string): string {
  const check = contentHash([list, JSON.stringify(JSON.parse(values))]).slice(0, 12);
  return Buffer.from(`["${check}",${values}]`).toString('base64url');
}

function refusalOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('cursors', () => {
  const value = fc.oneof(
    fc.string(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.boolean(),
    fc.constant(null),
  );

  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(value), (cursor) =>
        expect(parseCursor('list', cursorText('list', cursor), formOf(cursor))).toEqual(cursor),
      ),
    );
  });

  const PAGED: CollectionDefinition = {
    name: 'paged',
    fields: { id: 'text', day: 'integer', share: 'number', open: 'boolean', more: 'json' },
    key: ['id'],
  };
  const form = storedCursorForm(PAGED, [
    { field: 'day', direction: 'asc' },
    { field: 'share', direction: 'asc' },
    { field: 'open', direction: 'asc' },
  ]);
  const counted = wholeList([]).cursor;

  it.each<[string, CursorForm, string]>([
    ['a stored list', form, '[{"n":"-9223372036854775808"},0.5,true,"a"]'],
    ['a stored list whose fields are null', form, '[null,null,null,"a"]'],
    ['a list in memory', counted, '[50]'],
  ])('that were given out before the form was looked at hold: %s', (_, own, values) => {
    expect(parseCursor('list', forgedCursor('list', values), own)).toHaveLength(own.length);
  });

  it.each<[CursorForm, string]>([
    [form, '[]'],
    [form, '["a"]'],
    [form, '[{"n":"abc"},0.5,true,"a"]'],
    [form, '[{"n":""},0.5,true,"a"]'],
    [form, '[{"n":"9223372036854775808"},0.5,true,"a"]'],
    [form, '[{"n":"99999999999999999999"},0.5,true,"a"]'],
    [form, '[{"n":1},0.5,true,"a"]'],
    [form, '[1,0.5,true,"a"]'],
    [form, '["1",0.5,true,"a"]'],
    [form, '[{"n":"1"},1e999,true,"a"]'],
    [form, '[{"n":"1"},0.5,1,"a"]'],
    [form, '[{"n":"1"},0.5,true,null]'],
    [form, '[{"n":"1"},0.5,true,{"$gt":""}]'],
    [form, '[{"n":"1"},0.5,true,["a"]]'],
    [form, '[{"n":"1"},0.5,true,"a","b"]'],
    [storedCursorForm(PAGED, [{ field: 'more', direction: 'asc' }]), '[{"$gt":""},"a"]'],
    [counted, '[-1]'],
    [counted, '[0.5]'],
    [counted, '[9007199254740992]'],
    [counted, '["1"]'],
    [counted, '[null]'],
    [counted, '[{"n":"1"}]'],
    [counted, '[1,2]'],
  ])('with a right check are refused in another form than %j: %s', (own, values) => {
    const forged = forgedCursor('list', values);
    expect(refusalOf(() => parseCursor('list', forged, own))).toMatchObject({
      status: 400,
      code: 'invalid-request',
      more: { errors: [{ path: '/cursor', code: 'invalid-cursor' }] },
    });
  });

  it('are refused by another list, and when they are none', () => {
    const foreign = cursorText('list', ['a', 1n]);
    for (const text of [foreign, 'x', '', Buffer.from('["a",["b"]]').toString('base64url')]) {
      expect(() => parseCursor('other', text, formOf(['a', 1n]))).toThrow(Problem);
    }
  });
});
