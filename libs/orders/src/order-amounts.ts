import {
  divideHalfEven,
  formatDecimal,
  MONEY_DECIMALS,
  parseDecimal,
  parseMicros,
  plainDecimal,
  RATE_DECIMALS,
} from '#money';

/*
 * How a document comes to its amount in the base currency. A quantity and a price carry six decimals each, so a line
 * (quantity × unit price − discount) is exact with twelve: its grain is here a *pico*, 10^-12 of a unit. Lines are
 * summed exactly, the sum is multiplied by the rate exactly, and rounded once, half-even, to six decimals. A document's
 * amount therefore never depends on the number or the order of its lines.
 */

const PICO_DECIMALS = 2 * MONEY_DECIMALS;
const MICROS = 10n ** BigInt(MONEY_DECIMALS);
/** Picos at a rate of twelve decimals to micros. */
const PICO_RATE_TO_MICRO = 10n ** BigInt(PICO_DECIMALS + RATE_DECIMALS - MONEY_DECIMALS);

/** What a document may come to in the base currency, so that sums of very many keep far from the ends of 64 bits. */
const GREATEST_TOTAL = 10n ** 11n * MICROS;

/** Micros of a decimal as clients write it: a plain decimal string or a number. @throws RangeError */
export function microsOf(decimal: string | number): bigint {
  return parseMicros(String(decimal));
}

/** A decimal as clients write it, without superfluous zeros. @throws RangeError */
export function plainMicros(decimal: string | number): string {
  return plainDecimal(String(decimal), MONEY_DECIMALS);
}

/** Picos of `quantity × price − discount`, all given in micros. */
export function linePicos(quantity: bigint, price: bigint, discount = 0n): bigint {
  return quantity * price - discount * MICROS;
}

/** The part of a line's picos that falls to a part of its quantity, rounded half-even; all of it to all of it. */
export function partOfLine(picos: bigint, part: bigint, quantity: bigint): bigint {
  return part === quantity ? picos : divideHalfEven(picos * part, quantity);
}

/** Picos of any currency at its rate, in micros of the base currency, rounded half-even. */
export function baseMicros(picos: bigint, rate: string): bigint {
  if (rate === '1') return divideHalfEven(picos, MICROS);
  return divideHalfEven(picos * parseDecimal(rate, RATE_DECIMALS), PICO_RATE_TO_MICRO);
}

/** Picos as a plain decimal rounded half-even to six places. */
export function amountText(picos: bigint): string {
  return formatDecimal(divideHalfEven(picos, MICROS), MONEY_DECIMALS);
}

/** Whether a document's total in the base currency is below 10^11 units. */
export function isBoundedTotal(micros: bigint): boolean {
  return micros < GREATEST_TOTAL && micros > -GREATEST_TOTAL;
}

/** The same rate without superfluous zeros. */
export function plainRate(rate: string): string {
  return plainDecimal(rate, RATE_DECIMALS);
}
