import { isPlainDecimal, MONEY_DECIMALS } from '#money';

/** `coefficient` × 10^−`scale`, `scale` at least 0. */
export interface ExactDecimal {
  readonly coefficient: bigint;
  readonly scale: number;
}

const NUMBER = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:e([+-][0-9]+))?$/;

/**
 * The decimal that a text or a number is written as. A double stands for the shortest decimal that reads back as it, the
 * one that JSON shows: 0.2 is two tenths, and not the binary fraction beside it.
 * @throws RangeError for a text that is no plain decimal, and for a number that is not finite
 */
export function exactDecimal(value: number | string): ExactDecimal {
  if (typeof value === 'string' && !isPlainDecimal(value, 40)) throw new RangeError(`"${value}" is not a decimal`);
  const match = NUMBER.exec(String(value));
  if (match === null) throw new RangeError(`${value} is not a decimal`);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const scale = fraction.length - Number(exponent);
  const coefficient = BigInt(sign + whole + fraction);
  return scale >= 0 ? { coefficient, scale } : { coefficient: coefficient * 10n ** BigInt(-scale), scale: 0 };
}

/** Below 0, 0 or above 0 as `a` is below, at or above `b`. */
export function compareDecimals(a: ExactDecimal, b: ExactDecimal): number {
  const left = a.coefficient * 10n ** BigInt(Math.max(0, b.scale - a.scale));
  const right = b.coefficient * 10n ** BigInt(Math.max(0, a.scale - b.scale));
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The greatest whole number of micros not above an amount. */
export function floorMicros(amount: ExactDecimal): bigint {
  const scaled = amount.coefficient * 10n ** BigInt(MONEY_DECIMALS);
  return floorDivide(scaled, 10n ** BigInt(amount.scale));
}

/** The least whole number of micros not below an amount. */
export function ceilMicros({ coefficient, scale }: ExactDecimal): bigint {
  return -floorMicros({ coefficient: -coefficient, scale });
}

/** The least integer not below `numerator / denominator`, the denominator above 0. */
export function ceilDivide(numerator: bigint, denominator: bigint): bigint {
  return -floorDivide(-numerator, denominator);
}

function floorDivide(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  return numerator < 0n && numerator % denominator !== 0n ? quotient - 1n : quotient;
}
