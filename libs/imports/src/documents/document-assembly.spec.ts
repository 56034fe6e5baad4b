import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { plainMapping } from '../mapping/row-mapping.js';
import { DocumentAssembly, WINDOW_ROWS } from './document-assembly.js';
import type { ImportDocument } from './import-document.js';

const ORDERS = plainMapping('orders');

function orderRow(row: number, orderId: string, cells: Record<string, string> = {}) {
  const values = {
    accountId: 'a1',
    orderId,
    placedAt: '2026-03-01T10:00:00Z',
    currency: 'EUR',
    sku: `sku-${row}`,
    quantity: '1',
    unitPrice: '2.5',
    ...cells,
  };
  const mapped = ORDERS.apply({ row, values });
  if (mapped === undefined) throw new Error('no row is passed over without a map');
  return mapped;
}

function assemble(rows: readonly ReturnType<typeof orderRow>[]): ImportDocument[] {
  const assembly = new DocumentAssembly();
  const documents: ImportDocument[] = [];
  for (const row of rows) {
    const single = assembly.take(row);
    documents.push(...assembly.completeBefore(row.row));
    if (single !== undefined) documents.push(single);
  }
  return [...documents, ...assembly.completeAll()];
}

const rowsOf = (document: ImportDocument | undefined) => document?.lines.map(({ row }) => row);

describe('assembly of documents', () => {
  it('puts interleaved rows together, in the order of the file', () => {
    const documents = assemble([1, 2, 3, 4, 5].map((row) => orderRow(row, row % 2 === 1 ? 'odd' : 'even')));
    expect(documents.map(({ header, lines }) => [header.orderId, lines.map(({ row }) => row)])).toEqual([
      ['even', [2, 4]],
      ['odd', [1, 3, 5]],
    ]);
    expect(documents.every(({ errors }) => errors.length === 0)).toBe(true);
  });

  it('keeps equal rows, and tells orders of two accounts with one id apart', () => {
    const [first, second] = assemble([
      orderRow(1, 'o', { sku: 'same' }),
      orderRow(2, 'o', { sku: 'same' }),
      orderRow(3, 'o', { accountId: 'a2' }),
    ]);
    expect(rowsOf(first)).toEqual([1, 2]);
    expect(rowsOf(second)).toEqual([3]);
  });

  it('is dated by the earliest of its rows, as an instant and not as a text', () => {
    const [document] = assemble([
      orderRow(1, 'o', { placedAt: '2026-03-01T10:00:00Z' }),
      orderRow(2, 'o', { placedAt: '2026-03-01T11:00:00+08:00' }),
      orderRow(3, 'o', { placedAt: '2026-03-01T09:00:00Z' }),
    ]);
    expect(document?.header.placedAt).toBe('2026-03-01T11:00:00+08:00');
    expect(document?.headerRows.placedAt).toBe(2);
  });

  it.each([
    ['a row without a sku', { sku: undefined }, { row: 2, field: 'sku', code: 'required' }],
    ['a date without zone', { placedAt: '2026-03-01 10:00' }, { row: 2, field: 'placedAt', code: 'instant' }],
    ['another currency', { currency: 'USD' }, { row: 2, field: 'currency', code: 'inconsistent-document' }],
    ['an unknown column', { colour: 'red' }, { row: 2, field: 'colour', code: 'unknown-column' }],
  ])('rejects the whole document for %s', (_, cells, error) => {
    const bad = orderRow(2, 'o', cells as Record<string, string>);
    const [document, other] = assemble([orderRow(1, 'o'), bad, orderRow(3, 'o'), orderRow(4, 'p')]);
    expect(document?.errors).toEqual([expect.objectContaining(error)]);
    expect(other?.errors).toEqual([]);
  });

  it('takes what only some of the rows say, and the first of several names', () => {
    const [document] = assemble([
      orderRow(1, 'o', { accountName: 'Acme' }),
      orderRow(2, 'o', { channel: 'web', accountName: 'ACME Ltd.' }),
    ]);
    expect(document).toMatchObject({ header: { channel: 'web', accountName: 'Acme' }, errors: [] });
  });

  it('is a document of its own that a row without an id makes', () => {
    const [orphan, order] = assemble([orderRow(1, 'o', { orderId: undefined } as never), orderRow(2, 'o')]);
    expect(orphan?.errors).toEqual([expect.objectContaining({ row: 1, field: 'orderId', code: 'required' })]);
    expect(order?.errors).toEqual([]);
  });

  it('waits for rows within the window, and not longer', () => {
    const between = (count: number) => [
      orderRow(1, 'o'),
      ...Array.from({ length: count - 1 }, (_, index) => orderRow(index + 2, `filler-${index}`)),
      orderRow(count + 1, 'o'),
    ];
    const [inTime] = assemble(between(WINDOW_ROWS + 1)).filter(({ header }) => header.orderId === 'o');
    expect(rowsOf(inTime)).toEqual([1, WINDOW_ROWS + 2]);

    const late = assemble(between(WINDOW_ROWS + 2)).filter(({ header }) => header.orderId === 'o');
    expect(late.map(rowsOf)).toEqual([[1], []]);
    expect(late[1]?.errors).toEqual([
      expect.objectContaining({ row: WINDOW_ROWS + 3, field: 'orderId', code: 'document-split' }),
    ]);
  });

  it('counts rows that the map passes over for the window, too', () => {
    const assembly = new DocumentAssembly();
    assembly.take(orderRow(1, 'o'));
    expect(assembly.completeBefore(WINDOW_ROWS + 1)).toEqual([]);
    expect(assembly.completeBefore(WINDOW_ROWS + 2)).toHaveLength(1);
  });

  it('loses and doubles no row, however documents are interleaved', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(8), { maxLength: 60 }), (owners) => {
        const documents = assemble(owners.map((owner, index) => orderRow(index + 1, `o${owner}`)));
        expect(documents.flatMap(({ lines }) => lines.map(({ row }) => row)).sort((a, b) => a - b)).toEqual(
          owners.map((_, index) => index + 1),
        );
        for (const { header, lines } of documents) {
          expect(lines.every(({ row }) => `o${owners[row - 1]}` === header.orderId)).toBe(true);
        }
      }),
    );
  });

  it('hands over documents of one row at once', () => {
    const assembly = new DocumentAssembly();
    const values = { accountId: 'a', visitId: 'v', channel: 'phone', visitedAt: '2026-01-01T00:00:00Z' };
    const row = plainMapping('visits').apply({ row: 1, values });
    expect(row && assembly.take(row)).toMatchObject({ header: values, lines: [], errors: [] });
    expect(assembly.open).toBe(0);
  });
});
