import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OrderDayCursor, type StoredInteger } from './order-years.js';

const SAFE = 2 ** 53 - 1;

/** What stands in a list of days, told by the list itself. */
function daysOf(days: readonly StoredInteger[], asOf: number): StoredInteger[][] {
  return Array.from({ length: days.length / 6 }, (_, number) => days.slice(number * 6, number * 6 + 6)).filter(
    ([day]) => Number(day) <= asOf,
  );
}

function walked(text: string, asOf: number, cancelled: readonly number[] = []): (number | bigint)[][] {
  const cursor = new OrderDayCursor({ year: 2026, days: text, cancelled }, asOf);
  const days: (number | bigint)[][] = [];
  while (cursor.next()) {
    const { day, orders, creditNotes, uncosted, revenue, cost } = cursor;
    days.push([day, orders, creditNotes, uncosted, revenue, cost]);
  }
  return days;
}

describe('A walk through the text of days', () => {
  const count = fc.integer({ min: -3, max: 1_000 });
  const amount = fc.oneof(
    fc.maxSafeInteger(),
    fc.constantFrom(0, SAFE, -SAFE),
    fc
      .bigInt({ min: -(2n ** 80n), max: 2n ** 80n })
      .map((value) => (Number.isSafeInteger(Number(value)) ? 0 : `${value}`)),
  );
  const dayGroup = fc.tuple(fc.integer({ min: -800_000, max: 100_000 }), count, count, count, amount, amount);
  const list = fc
    .uniqueArray(dayGroup, { selector: ([day]) => day, maxLength: 12 })
    .map((groups) => groups.sort(([a], [b]) => a - b).flat());

  it('tells what parsing it tells, up to the day asked for', () => {
    fc.assert(
      fc.property(list, fc.integer({ min: -800_000, max: 100_000 }), (days, asOf) => {
        const expected = daysOf(days, asOf).map((group) =>
          group.map((value) => (typeof value === 'string' ? BigInt(value) : value)),
        );
        expect(walked(JSON.stringify(days), asOf).map((group) => group.map((value) => value || 0))).toEqual(
          expected.map((group) => group.map((value) => value || 0)),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('leaves out the orders that were cancelled by the day asked for', () => {
    const cancellation = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 20 }));
    const cancellations = fc.array(cancellation, { maxLength: 12 });
    fc.assert(
      fc.property(cancellations, fc.integer({ min: 0, max: 21 }), (some, asOf) => {
        const days = Array.from({ length: 10 }, (_, number) => [number, 100, 0, 0, 1, 1]);
        const ascending = some.toSorted(([a, b], [c, d]) => a - c || b - d);
        const expected = days
          .filter(([day]) => Number(day) <= asOf)
          .map(([day]) => 100 - some.filter(([placed, on]) => placed === day && on <= asOf).length);
        const found = walked(JSON.stringify(days.flat()), asOf, ascending.flat());
        expect(found.map(([, orders]) => orders)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('tells nothing of no days, and nothing more at its end', () => {
    expect(walked('[]', SAFE)).toEqual([]);
    const cursor = new OrderDayCursor({ year: 2026, days: '[5,1,0,0,"-9007199254740993",2]', cancelled: [] }, 9);
    expect([cursor.next(), cursor.revenue, cursor.next(), cursor.next()]).toEqual([
      true,
      -9_007_199_254_740_993n,
      false,
      false,
    ]);
  });
});
