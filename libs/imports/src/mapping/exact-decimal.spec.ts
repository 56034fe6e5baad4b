import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatExact, negated, parseExact, quotient, rounded } from './exact-decimal.js';

const exact = (text: string, mark: '.' | ',' = '.') => {
  const number = parseExact(text, mark);
  if (number === undefined) throw new Error(`${text} is no number`);
  return number;
};

describe('numbers of files', () => {
  it.each([
    ['17850.0', '17850'],
    [' 2.550 ', '2.55'],
    ['1e-7', '0.0000001'],
    ['1.5E3', '1500'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['-0', '0'],
    ['+3', '3'],
    ['1898.0943999999997', '1898.0943999999997'],
  ])('reads %j', (text, plain) => {
    expect(formatExact(exact(text))).toBe(plain);
  });

  it.each(['', '.', '-', 'abc', '1,234.50', '0x10', '1e999', 'NaN', '1 000'])('refuses %j', (text) => {
    expect(parseExact(text, '.')).toBeUndefined();
  });

  it('reads decimal commas, and refuses points beside them', () => {
    expect(formatExact(exact('12,50', ','))).toBe('12.5');
    expect(parseExact('1.234,50', ',')).toBeUndefined();
  });

  it('rounds once, a half to the even neighbour', () => {
    expect(formatExact(rounded(exact('1898.0943999999997'), 4))).toBe('1898.0944');
    expect(['0.00005', '0.00015', '-0.00025'].map((text) => formatExact(rounded(exact(text), 4)))).toEqual([
      '0',
      '0.0002',
      '-0.0002',
    ]);
    // 5694.2832 / 3 = 1898.0944; 1 / 3; 22945.852799999997 / 12 = 1912.15439999999975
    expect(formatExact(quotient(exact('5694.2832'), exact('3'), 4))).toBe('1898.0944');
    expect(formatExact(quotient(exact('-1'), exact('3.0'), 6))).toBe('-0.333333');
    expect(formatExact(quotient(exact('22945.852799999997'), exact('12'), 4))).toBe('1912.1544');
  });

  it('turns the sign twice into the same number', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.nat(12), (units, decimals) => {
        const number = { units, decimals };
        expect(negated(negated(number))).toEqual(number);
        expect(exact(formatExact(number)).units * 10n ** BigInt(decimals - exact(formatExact(number)).decimals)).toBe(
          units,
        );
      }),
    );
  });
});
