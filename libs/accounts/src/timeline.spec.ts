import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { List } from 'immutable';
import { parseDate, ZonedCalendar } from '#calendar';
import {
  type Dated,
  endOfDay,
  knownAt,
  knownBefore,
  newestValue,
  type Timeline,
  valueAt,
  withFact,
} from './timeline.js';

function timeline(...facts: readonly Dated<string>[]): Timeline<string> {
  return facts.reduce((all, [at, value]) => withFact(all, at, value), List<Dated<string>>());
}

describe('a timeline', () => {
  const facts = timeline(['2026-03', 'b'], ['2026-01', 'a'], ['2026-05', 'c'], ['2026-03', 'd']);

  it('is sorted by date, of the same date the later recorded last', () => {
    expect(facts.toArray()).toEqual([
      ['2026-01', 'a'],
      ['2026-03', 'b'],
      ['2026-03', 'd'],
      ['2026-05', 'c'],
    ]);
    expect(newestValue(facts)).toBe('c');
  });

  it('tells what holds at an instant, and what the facts before it make', () => {
    expect(valueAt(facts, '2025-12')).toBeUndefined();
    expect(valueAt(facts, '2026-03')).toBe('d');
    expect(knownAt(facts, '2025-12')).toBe('a');
    expect(knownBefore(facts, '2026-03')).toBe('a');
    expect(knownBefore(facts, '2026-04')).toBe('d');
    expect(knownAt(timeline(), '2026-01')).toBeUndefined();
  });

  it('does not depend on the order in which facts of different dates arrive', () => {
    const dates = fc.uniqueArray(fc.integer({ min: 1000, max: 9999 }).map(String), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        dates.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([inOneOrder, inAnother]) => {
          const of = (order: string[]) => timeline(...order.map((at): Dated<string> => [at, `value of ${at}`]));
          expect(of(inAnother).toArray()).toEqual(of(inOneOrder).toArray());
        },
      ),
    );
  });
});

describe('the end of a day', () => {
  const day = (text: string) => parseDate(text) ?? Number.NaN;

  it('is the beginning of the next one in the zone', () => {
    expect(endOfDay(new ZonedCalendar('UTC'), day('2026-02-28'))).toBe('2026-03-01T00:00:00.000Z');
    expect(endOfDay(new ZonedCalendar('Asia/Shanghai'), day('2026-02-28'))).toBe('2026-02-28T16:00:00.000Z');
  });

  it('of the last day that can be asked for is above every instant', () => {
    expect(endOfDay(new ZonedCalendar('UTC'), day('9999-12-31')) > '9999-12-31T23:59:59.999Z').toBe(true);
  });
});
