import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { IsEmail, IsIn, IsInt, IsOptional, Max, Min, validateSync } from 'class-validator';
import fc from 'fast-check';
import { checkBody, compileCheck } from './compiled-check.js';
import { objectSchema } from './json-schema.js';
import {
  IsAmount,
  IsCurrency,
  IsDate,
  IsIdentifier,
  IsInstant,
  IsQuantity,
  IsText,
  IsTextList,
  IsTextMap,
  ListOf,
  ObjectOf,
} from './rules.js';

class Line {
  @IsText({ max: 5 }) sku!: string;
  @IsQuantity() quantity!: number | string;
  @IsOptional() @IsAmount() unitPrice?: string;
}

class Step {
  @IsOptional() @IsDate() due?: string;
}

class Sample {
  @IsIdentifier() id!: string;
  @IsInstant() at!: string;
  @IsOptional() @IsCurrency() currency?: string;
  @IsOptional() @IsIn(['a', 'b']) kind?: string;
  @IsOptional() @IsInt() @Min(1) @Max(9) count?: number;
  @IsOptional() @IsTextList({ max: 3, maxItems: 2 }) tags?: string[];
  @IsOptional() @IsTextMap({ max: 3, maxEntries: 2 }) ids?: Record<string, string>;
  @IsOptional() @ObjectOf(() => Step) step?: Step;
  @ListOf(() => Line, { min: 1, max: 2 }) lines!: Line[];
}

const good = {
  id: 'a-1',
  at: '2026-01-01T00:00:00+08:00',
  currency: 'EUR',
  kind: 'a',
  count: 3,
  tags: ['x'],
  ids: { erp: '12' },
  step: { due: '2026-02-28' },
  lines: [{ sku: 'A', quantity: 1, unitPrice: '2.5' }],
};

describe('checkBody', () => {
  it('takes a good body, with and without what may be left out', () => {
    expect(checkBody(Sample, good)).toEqual([]);
    const { id, at, lines } = good;
    expect(checkBody(Sample, { id, at, lines, count: null })).toEqual([]);
  });

  it.each([
    ['/id', 'identifier', { id: 'a'.repeat(65) }],
    ['/id', 'required', { id: undefined }],
    ['/at', 'instant', { at: '2026-01-01T00:00:00' }],
    ['/currency', 'currency', { currency: 'XXX' }],
    ['/kind', 'is-in', { kind: 'c' }],
    ['/count', 'min', { count: 0 }],
    ['/count', 'is-int', { count: 1.5 }],
    ['/tags', 'text-list', { tags: ['x', 'y', 'z'] }],
    ['/ids', 'text-map', { ids: { '1': 'x' } }],
    ['/step/due', 'date', { step: { due: '2026-02-29' } }],
    ['/lines', 'array-min-size', { lines: [] }],
    ['/lines/0/quantity', 'quantity', { lines: [{ sku: 'A', quantity: -1 }] }],
    ['/lines/0/unitPrice', 'amount', { lines: [{ sku: 'A', quantity: 1, unitPrice: '1.2345678' }] }],
    ['/lines/0/unitPrice', 'amount', { lines: [{ sku: 'A', quantity: 1, unitPrice: 2.5 }] }],
    ['/lines/0/extra', 'unknown-field', { lines: [{ sku: 'A', quantity: 1, extra: 1 }] }],
    ['/a~1b', 'unknown-field', { 'a/b': 1 }],
    ['/constructor', 'unknown-field', { constructor: { role: 'admin' } }],
    ['/toString', 'unknown-field', { toString: 1 }],
    ['/__proto__', 'unknown-field', JSON.parse('{"__proto__": {"role": "admin"}}')],
    ['/step/hasOwnProperty', 'unknown-field', { step: { hasOwnProperty: 1 } }],
    ['/step', 'not-an-object', { step: [] }],
    ['/step', 'not-an-object', { step: [{ due: '2026-02-28' }] }],
    ['/lines/0', 'not-an-object', { lines: [[]] }],
    ['/lines/1', 'not-an-object', { lines: [good.lines[0], [good.lines[0]]] }],
  ])('points at %s with %s', (path, code, wrong) => {
    expect(checkBody(Sample, { ...good, ...wrong })).toEqual([
      { path, code, message: expect.stringMatching(/^(must|is) /) },
    ]);
  });

  it('lists everything that is wrong', () => {
    const errors = checkBody(Sample, { ...good, id: '', at: 'x', lines: [{ sku: '', quantity: 0 }] });
    expect(errors.map(({ path }) => path).sort()).toEqual(['/at', '/id', '/lines/0/quantity', '/lines/0/sku']);
  });

  it('bounds what it says of a body that is nested without end, or wrong in thousands of places', () => {
    const bottomless = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
    expect(checkBody(Sample, { ...good, tags: bottomless(100_000) })).toMatchObject([{ path: '', code: 'too-deep' }]);
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`x${n}`, 1]));
    expect(checkBody(Sample, { ...good, ...many })).toHaveLength(500);
  });

  it('refuses a list that is too long by that alone, and does not look at what it holds', () => {
    let looks = 0;
    const line = Object.defineProperty({}, 'sku', { enumerable: true, get: () => `${looks++}` });
    expect(checkBody(Sample, { ...good, id: '', lines: Array(1_000).fill(line) })).toEqual([
      expect.objectContaining({ path: '/id' }),
      { path: '/lines', code: 'array-max-size', message: 'must contain no more than 2 elements' },
    ]);
    // How deep it is nested, once each.
    expect(looks).toBeLessThanOrEqual(1_000);
  });

  it('words what a list holds up to the bound, and looks at no more', () => {
    class Order {
      @ListOf(() => Line, { min: 1, max: 5_000 }) lines!: Line[];
    }
    let looks = 0;
    const line = Object.defineProperty({ quantity: -1 }, 'sku', { enumerable: true, get: () => `${looks++}-too-long` });
    const errors = checkBody(Order, { lines: Array(5_000).fill(line) });
    expect(errors).toHaveLength(500);
    expect(errors.at(-1)?.path).toBe('/lines/249/quantity');
    expect(looks).toBeLessThan(7_000);
  });

  it.each([
    [1, '/lines', 'is-array'],
    [{ sku: '' }, '/lines', 'is-array'],
    [[null], '/lines/0', 'not-an-object'],
    [[good.lines[0], 'x'], '/lines/1', 'not-an-object'],
  ])('points at what is wrong with %j as a list', (lines, path, code) => {
    expect(checkBody(Sample, { ...good, lines })).toMatchObject([{ path, code }]);
  });

  it.each([[null], [[]], ['text'], [7]])('refuses %j as a body', (value) => {
    expect(checkBody(Sample, value)).toMatchObject([{ path: '', code: 'not-an-object' }]);
  });

  it('says what class-validator says', () => {
    const odd = fc.oneof(
      fc.constantFrom(null, undefined, '', 'a', 1, 0, -1, 1.5, true, '1', '2.5', [], {}),
      fc.jsonValue(),
    );
    const line = fc.record({ sku: odd, quantity: odd, unitPrice: odd, extra: odd }, { requiredKeys: [] });
    const changes = fc.record(
      {
        id: odd,
        at: odd,
        currency: odd,
        kind: odd,
        count: odd,
        tags: odd,
        ids: odd,
        step: odd,
        other: odd,
        lines: fc.oneof(odd, fc.array(line)),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(changes, (wrong) => {
        const body = JSON.parse(JSON.stringify({ ...good, ...wrong }));
        const errors = validateSync(plainToInstance(Sample, body), { whitelist: true, forbidNonWhitelisted: true });
        expect(compileCheck(Sample)(body)).toBe(errors.length === 0);
      }),
      { numRuns: 500 },
    );
  });

  it('stops at a rule that cannot be compiled or described', () => {
    class Mail {
      @IsEmail({}, { each: true }) to!: string[];
    }
    expect(() => compileCheck(Mail)).toThrow('cannot be compiled');
    class Single {
      @IsEmail() to!: string;
    }
    expect(() => objectSchema(Single)).toThrow('has no schema');
  });
});

describe('objectSchema', () => {
  it('describes members, bounds and what is required', () => {
    expect(objectSchema(Sample)).toMatchObject({
      type: 'object',
      additionalProperties: false,
      required: ['id', 'at', 'lines'],
      properties: {
        count: { anyOf: [{ type: 'integer', minimum: 1, maximum: 9 }, { type: 'null' }] },
        kind: { anyOf: [{ enum: ['a', 'b'] }, { type: 'null' }] },
        lines: { type: 'array', minItems: 1, maxItems: 2, items: { required: ['sku', 'quantity'] } },
      },
    });
  });
});
