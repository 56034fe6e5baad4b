import type { MetricValue } from '#platform';

/** One metric of a population: the values in the order of its accounts. Money is bigint micros in all of them, or none. */
export type MetricColumn = readonly MetricValue[];

/**
 * The same values as doubles that compare as they do, NaN for null: numbers as they are, micros as a double where that
 * is exact. `undefined` when an amount is too large for that (9 billion units).
 */
export function comparableNumbers(column: MetricColumn): Float64Array | undefined {
  const numbers = new Float64Array(column.length);
  for (let index = 0; index < column.length; index++) {
    const value = column[index] ?? null;
    const number = value === null ? Number.NaN : Number(value);
    if (typeof value === 'bigint' && !Number.isSafeInteger(number)) return undefined;
    numbers[index] = number;
  }
  return numbers;
}

/** Ascending order of values of one metric. */
export function compareValues(a: bigint | number, b: bigint | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
