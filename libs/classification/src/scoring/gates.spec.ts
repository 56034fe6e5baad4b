import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ratio } from '#money';
import type { Comparator, Gate } from '../classification.events.js';
import { gateTest, passesAll } from './gates.js';

const OPS: readonly Comparator[] = ['>', '>=', '<', '<='];

/** Which of `>`, `>=`, `<`, `<=` hold. */
function holding(actual: bigint | number, value: number | string): Comparator[] {
  return OPS.filter((op) => gateTest({ metric: 'revenue', op, value })(actual));
}

describe('a gate', () => {
  test('fails an unknown value, whatever it asks', () => {
    for (const op of OPS) expect(gateTest({ metric: 'csat', op, value: 0 })(null)).toBe(false);
  });

  test.each([
    [1_000_000_000_000n, 1_000_000, ['>=', '<=']],
    [1_000_000_000_001n, 1_000_000, ['>', '>=']],
    [999_999_999_999n, '1000000', ['<', '<=']],
    [1_000_000_500_000n, '1000000.5', ['>=', '<=']],
    // Between two micros: no amount equals it.
    [1_234_567n, '1.2345675', ['<', '<=']],
    [1_234_568n, '1.2345675', ['>', '>=']],
    [-1_234_567n, '-1.2345675', ['>', '>=']],
  ])('compares the amount of %p micros with %p to the last digit', (actual, value, expected) => {
    expect(holding(actual, value)).toEqual(expected);
  });

  test('a fifth of the profit meets 0.2, as a number and as a text', () => {
    const share = ratio(200_000n, 1_000_000n);
    expect(holding(share, 0.2)).toEqual(['>=', '<=']);
    expect(holding(share, '0.2')).toEqual(['>=', '<=']);
    expect(holding(ratio(3n, 10n), '0.3')).toEqual(['>=', '<=']);
    expect(holding(ratio(199_999_999n, 1_000_000_000n), '0.2')).toEqual(['<', '<=']);
    expect(holding(ratio(200_000_001n, 1_000_000_000n), 0.2)).toEqual(['>', '>=']);
  });

  test('thresholds as number and as text agree on every decimal', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10_000, max: 10_000 }), fc.integer({ min: -10_000, max: 10_000 }), (a, b) => {
        const threshold = String(b / 1_000);
        expect(holding(a / 1_000, threshold)).toEqual(holding(a / 1_000, b / 1_000));
        expect(holding(BigInt(a) * 1_000n, threshold)).toEqual(holding(a, b));
      }),
    );
  });
});

test('all gates must be passed; without any, everybody passes', () => {
  const gates: Gate[] = [
    { metric: 'revenue', op: '>', value: 0 },
    { metric: 'activeMonths', op: '>=', value: 12 },
  ];
  const columns = [
    [1n, 1n, 0n, null],
    [12, 11, 12, 12],
  ];
  expect([...passesAll(gates, columns, 4)]).toEqual([1, 0, 0, 0]);
  expect([...passesAll([], [], 2)]).toEqual([1, 1]);
});
