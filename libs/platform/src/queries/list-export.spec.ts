import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Problem } from '../problems/problem.js';
import { cursorText, parseCursor } from './cursor-text.js';
import { wholeList } from './list.js';
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

describe('cursors', () => {
  const value = fc.oneof(fc.string(), fc.bigInt(), fc.integer(), fc.boolean(), fc.constant(null));

  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(value), (cursor) => expect(parseCursor('list', cursorText('list', cursor))).toEqual(cursor)),
    );
  });

  it('are refused by another list, and when they are none', () => {
    const foreign = cursorText('list', ['a', 1n]);
    for (const text of [foreign, 'x', '', Buffer.from('["a",["b"]]').toString('base64url')]) {
      expect(() => parseCursor('other', text)).toThrow(Problem);
    }
  });
});
