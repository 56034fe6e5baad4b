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

const POWERS_OF_TEN = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);
/** So many digits and a point: a double holds any number of 15 digits exactly. */
const SHORT_TEXT = 16;
const [MINUS, POINT, ZERO, NINE] = [0x2d, 0x2e, 0x30, 0x39];

/**
 * A plain decimal as an integer of 10^-decimals, where a double holds it exactly: almost always, and then in a tenth of
 * the time. `undefined` for longer ones and for all that is no plain decimal of so many decimals.
 */
function shortDecimal(text: string, decimals: number): number | undefined {
  const { length } = text;
  const negative = text.charCodeAt(0) === MINUS;
  const start = negative ? 1 : 0;
  if (length - start > SHORT_TEXT) return undefined;
  let value = 0;
  let point = length;
  for (let index = start; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code >= ZERO && code <= NINE) value = value * 10 + (code - ZERO);
    else if (code === POINT && point === length) point = index;
    else return undefined;
  }
  if (point === start || point === length - 1 || (point > start + 1 && text.charCodeAt(start) === ZERO))
    return undefined;
  const power = POWERS_OF_TEN[decimals - Math.max(0, length - point - 1)];
  if (power === undefined) return undefined;
  const scaled = value * power;
  if (scaled > Number.MAX_SAFE_INTEGER) return undefined;
  return negative ? -scaled : scaled;
}

/** Whether a text is a plain decimal with at most `decimals` digits behind the point. */
export function isPlainDecimal(text: string, decimals: number): boolean {
  if (shortDecimal(text, decimals) !== undefined) return true;
  if (text.length > 40 || !PLAIN_DECIMAL.test(text)) return false;
  const point = text.indexOf('.');
  return point < 0 || text.length - point - 1 <= decimals;
}

/**
 * A plain decimal as an integer of 10^-decimals.
 * @throws RangeError when it is no plain decimal or has more digits behind the point
 */
export function parseDecimal(text: string, decimals: number): bigint {
  const short = shortDecimal(text, decimals);
  if (short !== undefined) return BigInt(short);
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
  const point = digits.length - decimals;
  let end = digits.length;
  while (end > point && digits.charCodeAt(end - 1) === ZERO) end -= 1;
  const whole = digits.slice(0, point);
  const text = end === point ? whole : `${whole}.${digits.slice(point, end)}`;
  return negative ? `-${text}` : text;
}

/** A plain decimal of at most `decimals` places without superfluous zeros. @throws RangeError */
export function plainDecimal(text: string, decimals: number): string {
  const isPlain = text.charCodeAt(0) !== MINUS && text.charCodeAt(text.length - 1) !== ZERO;
  if (isPlain && shortDecimal(text, decimals) !== undefined) return text;
  return formatDecimal(parseDecimal(text, decimals), decimals);
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
