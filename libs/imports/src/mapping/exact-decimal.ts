import { divideHalfEven, formatDecimal } from '#money';

/** `units × 10^-decimals`. */
export interface ExactDecimal {
  readonly units: bigint;
  readonly decimals: number;
}

const NUMBER = /^([+-]?)(\d{0,30})(?:\.(\d{0,30}))?(?:[eE]([+-]?\d{1,2}))?$/;

/** The number that a cell shows, with an exponent or not; `undefined` for any other text. */
export function parseExact(cell: string, decimalMark: '.' | ','): ExactDecimal | undefined {
  const text = cell.trim();
  if (decimalMark === ',' && text.includes('.')) return undefined;
  const match = NUMBER.exec(decimalMark === ',' ? text.replace(',', '.') : text);
  if (match === null) return undefined;
  const [whole, fraction] = [match[2] ?? '', match[3] ?? ''];
  if (whole === '' && fraction === '') return undefined;
  const magnitude = BigInt(whole + fraction);
  const units = match[1] === '-' ? -magnitude : magnitude;
  const decimals = fraction.length - Number(match[4] ?? 0);
  return decimals >= 0 ? { units, decimals } : { units: units * 10n ** BigInt(-decimals), decimals: 0 };
}

export function negated({ units, decimals }: ExactDecimal): ExactDecimal {
  return { units: -units, decimals };
}

/** The same number with at most so many decimals, a half going to the even neighbour. */
export function rounded({ units, decimals }: ExactDecimal, places: number): ExactDecimal {
  if (decimals <= places) return { units, decimals };
  return { units: divideHalfEven(units, 10n ** BigInt(decimals - places)), decimals: places };
}

/** The exact quotient, rounded once, a half going to the even neighbour. @throws RangeError for a divisor of 0 */
export function quotient(dividend: ExactDecimal, divisor: ExactDecimal, places: number): ExactDecimal {
  const numerator = dividend.units * 10n ** BigInt(places + divisor.decimals);
  return { units: divideHalfEven(numerator, divisor.units * 10n ** BigInt(dividend.decimals)), decimals: places };
}

/** A plain decimal without trailing zeros. */
export function formatExact({ units, decimals }: ExactDecimal): string {
  return formatDecimal(units, decimals);
}
