import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { ImportKind } from '../import-forms.js';
import { MapError } from './map-reader.js';
import { parseImportMap } from './parse-import-map.js';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');

function faultsOf(json: unknown, kind: ImportKind = 'visits'): readonly string[] {
  try {
    parseImportMap(json, kind);
  } catch (error) {
    if (error instanceof MapError) return error.faults;
    throw error;
  }
  return [];
}

const VISITS = {
  accountId: { column: 'Customer' },
  visitId: { template: 'v-{row}' },
  channel: { value: 'phone' },
  visitedAt: { column: 'Date', date: 'yyyyMMdd', zone: 'UTC' },
};

describe('map files', () => {
  it.each([
    ['online-retail', 'orders'],
    ['adventureworks', 'orders'],
    ['sf-inspections', 'visits'],
    ['sf-businesses', 'accounts'],
  ] as const)('the sample %s is one', (name, kind) => {
    expect(faultsOf(JSON.parse(readFileSync(join(ROOT, 'samples', `${name}.map.json`), 'utf8')), kind)).toEqual([]);
  });

  it('the example of the guide is one', () => {
    const guide = readFileSync(join(ROOT, 'docs', 'guides', 'importing.md'), 'utf8');
    const example = guide.split('```json\n').find((part) => part.includes('"about"'));
    expect(faultsOf(JSON.parse(example?.split('```')[0] ?? ''), 'orders')).toEqual([]);
  });

  it('tells all that is wrong, each with its place', () => {
    expect(
      faultsOf({
        about: 3,
        colums: {},
        delimiter: '||',
        encoding: 'ebcdic',
        drop: [{ column: 'A', is: 'x', startsWith: 'y' }, { column: 'A' }],
        fields: {
          accountId: { column: 'A', value: 'B' },
          visitId: { template: 'v-{row' },
          channel: { colum: 'C' },
          visitedAt: { column: 'D', date: 'yyyy-MM', zone: 'UTC' },
          sku: { column: 'S' },
        },
        creditNotes: { when: { column: 'A', is: 'x' }, fields: {} },
      }),
    ).toEqual([
      'the map: "colums" is not known here; known are about, delimiter, encoding, keep, drop, fields, creditNotes',
      'about: must be a text of 1 to 2000 characters',
      'delimiter: must be a text of 1 to 1 characters',
      'encoding: "ebcdic" is no encoding of text; try utf-8 or windows-1252',
      'drop[0]: must have one of is, startsWith',
      'drop[1]: must have one of is, startsWith',
      'fields.accountId: must have one of column, value, template, divide',
      'fields.visitId.template: has a brace without its other one',
      'fields.channel: "colum" is not known here; known are column, value, template, divide, values, default, date, zone, decimalMark, negate, round',
      'fields.channel: must have one of column, value, template, divide',
      'fields.visitedAt.date: the day is missing',
      'fields: "sku" is no column of visits; those are accountId, visitId, channel, visitedAt, accountName, summary',
      'creditNotes: is for the kind orders only',
    ]);
  });

  it.each([
    [{ visitedAt: { column: 'D', date: 'yyyyMMdd' } }, 'fields.visitedAt.zone: must be a text of 1 to 60 characters'],
    [{ visitedAt: { column: 'D', date: 'yyyyMMdd', zone: 'Mars' } }, 'fields.visitedAt.zone: "Mars" is no time zone'],
    [{ visitedAt: { column: 'D', zone: 'UTC' } }, 'fields.visitedAt: zone goes with date'],
    [{ summary: { column: 'D', date: 'yyyyMMdd', zone: 'UTC' } }, 'fields.summary.date: summary is no date'],
    [{ summary: { divide: ['A', 'B'] } }, 'fields.summary: divide needs round'],
    [{ summary: { divide: ['A'], round: 2 } }, 'fields.summary.divide: must be a list of two columns'],
    [{ summary: { column: 'A', round: 13 } }, 'fields.summary.round: must be an integer from 0 to 12'],
    [{ summary: { column: 'A', negate: 'yes' } }, 'fields.summary.negate: must be true or false'],
    [{ summary: { column: 'A', decimalMark: ';' } }, 'fields.summary.decimalMark: must be one of . ,'],
    [{ summary: { column: 'A', values: { x: 1 } } }, 'fields.summary.values["x"]: must be a text'],
    [{ summary: { column: 'x'.repeat(201) } }, 'fields.summary.column: must be a text of 1 to 200 characters'],
    [{ summary: 'A' }, 'fields.summary: must be an object'],
  ])('refuses %j', (fields, fault) => {
    const faults = faultsOf({ fields: { ...VISITS, ...fields } });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(fault);
  });

  it('misses required columns, and refuses what is no object', () => {
    expect(faultsOf({ fields: { accountId: { column: 'A' } } })).toEqual([
      'fields: visitId is missing',
      'fields: channel is missing',
      'fields: visitedAt is missing',
    ]);
    for (const json of [null, [], 'map', 3]) expect(faultsOf(json)).toEqual(['the map: must be an object']);
    expect(faultsOf({})).toEqual(['fields: must be an object']);
  });

  it('gives dates without time no zone', () => {
    const rates = (date: object) => ({
      fields: { currency: { value: 'EUR' }, date: { column: 'Day', ...date }, rate: { column: 'Rate' } },
    });
    expect(faultsOf(rates({ date: 'dd.MM.yyyy' }), 'exchange-rates')).toEqual([]);
    expect(faultsOf(rates({ date: 'dd.MM.yyyy', zone: 'UTC' }), 'exchange-rates')).toHaveLength(1);
    expect(faultsOf(rates({ date: 'dd.MM.yyyy HH:mm' }), 'exchange-rates')).toHaveLength(1);
  });

  it('wants the columns of credit notes that are not shared with orders', () => {
    const map = JSON.parse(readFileSync(join(ROOT, 'samples', 'online-retail.map.json'), 'utf8'));
    delete map.creditNotes.fields.issuedAt;
    expect(faultsOf(map, 'orders')).toEqual(['creditNotes.fields: issuedAt is missing']);
  });
});
