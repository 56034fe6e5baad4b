/**
 * Exact decimals as integers: a *micro* is a millionth of a unit, the grain in which the ledger counts money and
 * quantities. Texts are plain decimals: no exponent, no sign but a leading minus, no trailing zeros when written.
 */

const PLAIN_DECIMAL = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/;

/** Decimals that a unit price, a quantity or an amount may carry. */
export const MONEY_DECIMALS = 6;
/** Decimals that an exchange rate may carry. */
export const RATE_DECIMALS = 12;

const MICROS = 10n ** BigInt(MONEY_DECIMALS);
const RATE_SCALE = 10n ** BigInt(RATE_DECIMALS);

/** Whether a text is a plain decimal with at most `decimals` digits behind the point. */
export function isPlainDecimal(text: string, decimals: number): boolean {
  if (text.length > 40 || !PLAIN_DECIMAL.test(text)) return false;
  const point = text.indexOf('.');
  return point < 0 || text.length - point - 1 <= decimals;
}

/**
 * A plain decimal as an integer of 10^-decimals.
 * @throws RangeError when it is no plain decimal or has more digits behind the point
 */
export function parseDecimal(text: string, decimals: number): bigint {
  if (!isPlainDecimal(text, decimals))
    throw new RangeError(`"${text.slice(0, 40)}" is not a decimal of at most ${decimals} places`);
  const point = text.indexOf('.');
  if (point < 0) return BigInt(text) * 10n ** BigInt(decimals);
  const fraction = text.slice(point + 1).padEnd(decimals, '0');
  return BigInt(text.slice(0, point) + fraction);
}

/** Micros of a plain decimal of at most six places. @throws RangeError */
export function parseMicros(text: string): bigint {
  return parseDecimal(text, MONEY_DECIMALS);
}

/** The plain decimal of an integer of 10^-decimals, without trailing zeros. */
export function formatDecimal(value: bigint, decimals: number): string {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  const text = fraction === '' ? whole : `${whole}.${fraction}`;
  return negative && value !== 0n ? `-${text}` : text;
}

export function formatMicros(value: bigint): string {
  return formatDecimal(value, MONEY_DECIMALS);
}

/** `numerator / denominator` to the nearest integer, a half to the even one. @throws RangeError for denominator 0 */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  if (denominator === 0n) throw new RangeError('division by zero');
  const sign = numerator < 0n !== denominator < 0n ? -1n : 1n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  const quotient = n / d;
  const twice = (n % d) * 2n;
  const up = twice > d || (twice === d && quotient % 2n === 1n);
  return sign * (up ? quotient + 1n : quotient);
}

/** Product of two micros (quantity × unit price) in micros, rounded half-even. */
export function multiplyMicros(a: bigint, b: bigint): bigint {
  return divideHalfEven(a * b, MICROS);
}

/** An amount in micros at a rate (base units a unit, at most 12 places), in micros of the base currency, half-even. @throws RangeError */
export function convertMicros(amount: bigint, rate: string): bigint {
  return rate === '1' ? amount : divideHalfEven(amount * parseDecimal(rate, RATE_DECIMALS), RATE_SCALE);
}

/**
 * `numerator / denominator` as the nearest double, computed from the exact integers.
 * @throws RangeError for denominator 0
 */
export function ratio(numerator: bigint, denominator: bigint): number {
  if (denominator === 0n) throw new RangeError('division by zero');
  const n = Number(numerator);
  const d = Number(denominator);
  if (Number.isSafeInteger(n) && Number.isSafeInteger(d)) return n / d;
  const negative = numerator < 0n !== denominator < 0n;
  const a = numerator < 0n ? -numerator : numerator;
  const b = denominator < 0n ? -denominator : denominator;
  // 64 significant bits or more of the quotient: the last conversion then rounds what matters.
  const shift = BigInt(Math.max(0, 66 - (a.toString(2).length - b.toString(2).length)));
  const scaled = Number((a << shift) / b) / 2 ** Number(shift);
  return negative ? -scaled : scaled;
}

/** The double nearest to a number of micros, in units. For display and for figures that are ratios by nature. */
export function microsToNumber(value: bigint): number {
  return ratio(value, MICROS);
}
