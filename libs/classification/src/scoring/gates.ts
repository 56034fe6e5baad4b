import type { MetricValue } from '#platform';
import type { Comparator, Gate } from '../classification.events.js';
import { ceilMicros, compareDecimals, exactDecimal, floorMicros } from './exact-decimal.js';
import type { MetricColumn } from './metric-column.js';

/**
 * A gate as a test of a raw value; null fails. Compared is exactly what is shown: money as its decimal, a ratio as the
 * decimal that its double is written as, so that a share shown as 0.2 meets `>= 0.2` whether the threshold is a number or a
 * text.
 */
export function gateTest({ op, value }: Gate): (actual: MetricValue) => boolean {
  const threshold = exactDecimal(value);
  const floor = floorMicros(threshold);
  const ceiling = ceilMicros(threshold);
  const holds = COMPARISONS[op];
  return (actual) => {
    if (actual === null) return false;
    // A threshold with more than six decimals lies between its floor and its ceiling, and equals no amount.
    if (typeof actual === 'bigint') return holds(actual > floor ? 1 : actual < ceiling ? -1 : 0);
    if (typeof value === 'number') return holds(actual - value);
    return holds(compareDecimals(exactDecimal(actual), threshold));
  };
}

/** For every account 1 where it passes all of the gates. @param columns each gate's metric */
export function passesAll(gates: readonly Gate[], columns: readonly MetricColumn[], size: number): Uint8Array {
  const passes = new Uint8Array(size).fill(1);
  gates.forEach((gate, number) => {
    const test = gateTest(gate);
    const column = columns[number]!;
    for (let index = 0; index < size; index++) {
      if (passes[index] === 1 && !test(column[index] ?? null)) passes[index] = 0;
    }
  });
  return passes;
}

const COMPARISONS: Readonly<Record<Comparator, (order: number) => boolean>> = {
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
};
