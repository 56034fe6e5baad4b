import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ceilDivide, ceilMicros, compareDecimals, exactDecimal, floorMicros } from './exact-decimal.js';

describe('exact decimals', () => {
  test.each([
    [0.2, 2n, 1],
    ['0.2', 2n, 1],
    [-12.5, -125n, 1],
    [1e-7, 1n, 7],
    [1.5e21, 1_500_000_000_000_000_000_000n, 0],
    ['1000000.50', 100_000_050n, 2],
  ])('%p is what it is written as', (value, coefficient, scale) => {
    expect(exactDecimal(value)).toEqual({ coefficient, scale });
  });

  test.each(['', '1e5', '+1', '01', '.5', 'NaN', Number.NaN, Number.POSITIVE_INFINITY])('%p is none', (value) => {
    expect(() => exactDecimal(value)).toThrow(RangeError);
  });

  test('compare as doubles do', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (a, b) => {
          expect(compareDecimals(exactDecimal(a), exactDecimal(b))).toBe(a < b ? -1 : a > b ? 1 : 0);
        },
      ),
    );
  });

  test('compare beyond what doubles tell apart', () => {
    expect(compareDecimals(exactDecimal('0.300000000000000001'), exactDecimal('0.3'))).toBe(1);
    expect(compareDecimals(exactDecimal(0.3), exactDecimal('0.30'))).toBe(0);
  });

  test.each([
    ['1.2345678', 1_234_567n, 1_234_568n],
    ['-1.2345678', -1_234_568n, -1_234_567n],
    ['1.5', 1_500_000n, 1_500_000n],
    ['-0.0000001', -1n, 0n],
  ])('%s in micros, rounded down and up', (text, floor, ceiling) => {
    expect(floorMicros(exactDecimal(text))).toBe(floor);
    expect(ceilMicros(exactDecimal(text))).toBe(ceiling);
  });

  test('division rounded up', () => {
    expect(ceilDivide(7n, 2n)).toBe(4n);
    expect(ceilDivide(-7n, 2n)).toBe(-3n);
    expect(ceilDivide(6n, 2n)).toBe(3n);
  });
});
