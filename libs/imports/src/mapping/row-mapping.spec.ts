import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ZonedCalendar } from '#calendar';
import type { ImportKind } from '../import-forms.js';
import { parseImportMap } from './parse-import-map.js';
import { mapping } from './row-mapping.js';

const SHANGHAI = new ZonedCalendar('Asia/Shanghai');

function mapped(json: unknown, kind: ImportKind, values: Record<string, string>, row = 1) {
  const result = mapping(parseImportMap(json, kind), kind, SHANGHAI).apply({ row, values });
  return result && { kind: result.form.kind, values: { ...result.values }, errors: result.errors };
}

function sample(name: string): unknown {
  const path = join(import.meta.dirname, '..', '..', '..', '..', 'samples', `${name}.map.json`);
  return JSON.parse(readFileSync(path, 'utf8'));
}

const VISIT = {
  accountId: { column: 'Customer' },
  visitId: { template: 'v-{row}-{Customer}' },
  channel: { column: 'Via', values: { T: 'phone', '': 'mail' }, default: 'other' },
  visitedAt: { column: 'Date', date: 'dd.MM.yyyy HH:mm', zone: 'Europe/Berlin' },
};

const cells = { Customer: ' c1 ', Via: 'T', Date: '30.06.2026 12:00' };

describe('mapping of rows', () => {
  it('makes cells of columns, constants, templates, other texts and dates', () => {
    expect(mapped({ fields: { ...VISIT, summary: { value: 'imported' } } }, 'visits', cells, 7)).toEqual({
      kind: 'visits',
      values: {
        accountId: ' c1 ',
        visitId: 'v-7-c1',
        channel: 'phone',
        visitedAt: '2026-06-30T10:00:00.000Z',
        summary: 'imported',
      },
      errors: [],
    });
  });

  it('puts a default for an empty cell only', () => {
    const channel = (via: Record<string, string>) =>
      mapped({ fields: VISIT }, 'visits', { Customer: 'c', Date: cells.Date, ...via })?.values.channel;
    expect([channel({}), channel({ Via: 'X' })]).toEqual(['other', 'X']);
  });

  it('reads days in the zone of the ledger when asked to', () => {
    const visitedAt = { column: 'Date', date: 'yyyyMMdd', zone: 'ledger' };
    const row = mapped({ fields: { ...VISIT, visitedAt } }, 'visits', { ...cells, Date: '20260630' });
    expect(row?.values.visitedAt).toBe('2026-06-29T16:00:00.000Z');
  });

  it('tells a date of another form', () => {
    const row = mapped({ fields: VISIT }, 'visits', { ...cells, Date: '2026-06-30' });
    expect(row?.errors).toEqual([
      { field: 'visitedAt', code: 'date-pattern', message: 'Must be a date of the form dd.MM.yyyy HH:mm.' },
    ]);
  });

  it('passes rows over by keep and drop', () => {
    const map = {
      keep: [
        { column: 'State', is: ['paid', 'sent'] },
        { column: 'Customer', startsWith: 'c' },
      ],
      drop: [{ column: 'Via', is: '' }],
      fields: VISIT,
    };
    const taken = (values: Record<string, string>) => mapped(map, 'visits', { ...cells, ...values }) !== undefined;
    expect(taken({ Customer: 'c1', State: 'paid' })).toBe(true);
    expect(taken({ Customer: 'c1', State: ' sent ' })).toBe(true);
    expect(taken({ Customer: 'c1', State: 'open' })).toBe(false);
    expect(taken({ Customer: 'd1', State: 'paid' })).toBe(false);
    expect(mapped(map, 'visits', { Customer: 'c1', State: 'paid', Date: cells.Date })).toBeUndefined();
  });

  it('names the columns that the file must have', () => {
    const map = parseImportMap({ drop: [{ column: 'Void', is: 'x' }], fields: VISIT }, 'visits');
    expect([...mapping(map, 'visits', SHANGHAI).required].sort()).toEqual(['Customer', 'Date', 'Via', 'Void']);
  });

  it('heeds the faults of used cells only', () => {
    const errors = (field: string) =>
      mapping(parseImportMap({ fields: VISIT }, 'visits'), 'visits', SHANGHAI).apply({
        row: 1,
        values: cells,
        errors: [{ field, code: 'cell-type', message: '…' }],
      })?.errors;
    expect(errors('Unused')).toEqual([]);
    expect(errors('Customer')).toHaveLength(1);
  });

  it('computes with numbers', () => {
    const order = {
      accountId: { column: 'Customer', round: 0 },
      orderId: { value: 'o' },
      placedAt: { value: '2026-01-01T00:00:00Z' },
      currency: { value: 'EUR' },
      sku: { value: 's' },
      quantity: { column: 'Pieces', decimalMark: ',', negate: true },
      unitPrice: { column: 'Price', round: 4 },
      unitCost: { divide: ['Cost', 'Pieces'], decimalMark: ',', round: 4 },
    };
    const row = { Customer: '17850.0', Pieces: '-2,50', Price: '1971.9941999999999', Cost: '-10' };
    expect(mapped({ fields: order }, 'orders', row)).toMatchObject({
      values: { accountId: '17850', quantity: '2.5', unitPrice: '1971.9942', unitCost: '4' },
      errors: [],
    });
    expect(mapped({ fields: order }, 'orders', { ...row, Pieces: '0', Price: 'free' })?.errors).toEqual([
      { field: 'unitPrice', code: 'not-a-number', message: 'Must be a number.' },
      { field: 'unitCost', code: 'division-by-zero', message: 'The column Pieces is 0.' },
    ]);
  });
});

describe('the samples', () => {
  const retail = {
    InvoiceNo: '536365',
    StockCode: '85123A',
    Description: 'WHITE HANGING HEART T-LIGHT HOLDER',
    Quantity: '6',
    InvoiceDate: '2010-12-01 08:26:00',
    UnitPrice: '2.55',
    CustomerID: '17850',
    Country: 'United Kingdom',
  };

  it('Online Retail: orders, credit notes, and rows without a customer', () => {
    const map = sample('online-retail');
    expect(mapped(map, 'orders', retail)).toEqual({
      kind: 'orders',
      values: {
        accountId: '17850',
        orderId: '536365',
        placedAt: '2010-12-01T08:26:00.000Z',
        currency: 'GBP',
        sku: '85123A',
        quantity: '6',
        unitPrice: '2.55',
        description: 'WHITE HANGING HEART T-LIGHT HOLDER',
      },
      errors: [],
    });
    expect(mapped(map, 'orders', { ...retail, InvoiceNo: 'C536379', Quantity: '-1' })).toEqual({
      kind: 'credit-notes',
      values: {
        accountId: '17850',
        creditNoteId: 'C536379',
        issuedAt: '2010-12-01T08:26:00.000Z',
        currency: 'GBP',
        sku: '85123A',
        quantity: '1',
        unitPrice: '2.55',
      },
      errors: [],
    });
    const { CustomerID: _, ...nobody } = retail;
    expect(mapped(map, 'orders', nobody)).toBeUndefined();
  });

  it('AdventureWorks: noise rounded away, the cost of a line made a unit’s', () => {
    const row = {
      SalesOrderNumber: 'SO43875',
      OrderDate: '2011-01-29',
      ResellerKey: '278',
      ProductKey: '346',
      OrderQuantity: '12',
      UnitPrice: '1971.9941999999999',
      DiscountAmount: '473.2786',
      TotalProductCost: '22945.852799999997',
    };
    expect(mapped(sample('adventureworks'), 'orders', row)?.values).toEqual({
      accountId: '278',
      orderId: 'SO43875',
      placedAt: '2011-01-28T16:00:00.000Z',
      currency: 'USD',
      sku: '346',
      quantity: '12',
      unitPrice: '1971.9942',
      discountAmount: '473.2786',
      unitCost: '1912.1544',
    });
  });

  it('San Francisco inspections: the row is the id', () => {
    const row = { business_id: '19', score: '94', date: '20171211', type: 'routine' };
    expect(mapped(sample('sf-inspections'), 'visits', row, 42)?.values).toEqual({
      accountId: '19',
      visitId: '42',
      channel: 'on-site',
      visitedAt: '2017-12-10T16:00:00.000Z',
      summary: 'routine inspection, score 94',
    });
  });
});
