import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  convertMicros,
  divideHalfEven,
  formatDecimal,
  formatMicros,
  isPlainDecimal,
  multiplyMicros,
  parseDecimal,
  parseMicros,
  plainDecimal,
  ratio,
} from './index.js';

describe('decimals', () => {
  it.each(['1e3', '+1', '01', '.5', '5.', '1,5', ' 1', '--1', '', '0x1', 'NaN', '1.1234567'])('refuses %j', (text) => {
    expect(isPlainDecimal(text, 6)).toBe(false);
    expect(() => parseMicros(text)).toThrow(RangeError);
  });

  it('writes no trailing zeros and no negative zero', () => {
    expect(formatMicros(parseMicros('12.340000'))).toBe('12.34');
    expect(formatMicros(parseMicros('-0.000001'))).toBe('-0.000001');
    expect(formatMicros(parseMicros('-0'))).toBe('0');
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), (n) => parseMicros(formatMicros(n)) === n),
    );
  });

  it('reads short and long ones alike, and leaves out superfluous zeros', () => {
    const digits = fc.stringMatching(/^[0-9]{1,20}$/);
    const whole = digits.map((text) => text.replace(/^0+(?=.)/, ''));
    const fraction = fc.option(fc.stringMatching(/^[0-9]{1,12}$/), { nil: '' });
    fc.assert(
      fc.property(fc.constantFrom('', '-'), whole, fraction, (sign, units, decimals) => {
        const text = `${sign}${units}${decimals === '' ? '' : `.${decimals}`}`;
        // The sign, all digits and a fixed number of places: an integer without any of the ways taken here.
        const expected = BigInt(units + decimals.padEnd(12, '0')) * (sign === '-' ? -1n : 1n);
        expect(isPlainDecimal(text, 12)).toBe(true);
        expect(parseDecimal(text, 12)).toBe(expected);
        expect(plainDecimal(text, 12)).toBe(formatDecimal(expected, 12));
        if (decimals !== '') expect(isPlainDecimal(text, decimals.length - 1)).toBe(false);
      }),
    );
  });

  it('rounds halves to even, on both sides of zero', () => {
    expect([5n, 15n, 25n, -5n, -15n, 14n, 16n].map((n) => divideHalfEven(n, 10n))).toEqual([
      0n,
      2n,
      2n,
      0n,
      -2n,
      1n,
      2n,
    ]);
  });

  it('is never further than half from the quotient', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.bigInt(1n, 10n ** 9n), (n, d) => {
        const rest = 2n * (n - divideHalfEven(n, d) * d);
        return rest <= d && rest >= -d;
      }),
    );
  });

  it('multiplies quantity and price, and converts at a rate', () => {
    expect(formatMicros(multiplyMicros(parseMicros('3'), parseMicros('2.55')))).toBe('7.65');
    expect(formatMicros(multiplyMicros(parseMicros('0.000001'), parseMicros('0.5')))).toBe('0');
    expect(formatMicros(convertMicros(parseMicros('100'), '7.1234567'))).toBe('712.34567');
  });

  it('divides integers beyond 2^53 to the nearest double', () => {
    expect(ratio(10n ** 30n, 3n * 10n ** 30n)).toBe(1 / 3);
    expect(ratio(-(2n ** 70n), 2n ** 69n)).toBe(-2);
  });
});
