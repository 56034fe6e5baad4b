import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  addMonths,
  addPeriod,
  formatDate,
  formatInstant,
  formatMonth,
  monthNumber,
  parseDate,
  parseInstant,
  parsePeriod,
  ZonedCalendar,
} from './index.js';

const date = (text: string) => parseDate(text) ?? Number.NaN;

describe('calendar days', () => {
  it('agrees with the platform on every day number', () => {
    fc.assert(
      fc.property(fc.integer({ min: -700_000, max: 2_900_000 }), (day) => {
        const text = new Date(day * 86_400_000).toISOString().slice(0, 10);
        return formatDate(day) === text && date(text) === day && formatMonth(monthNumber(day)) === text.slice(0, 7);
      }),
    );
  });

  it.each(['2011-02-29', '2011-13-01', '2011-00-10', '2011-1-1', '0000-01-01', '20110101', ''])(
    'refuses %j',
    (text) => {
      expect(parseDate(text)).toBeUndefined();
    },
  );

  it('clamps to the end of a month', () => {
    expect(formatDate(addMonths(date('2012-01-31'), 1))).toBe('2012-02-29');
    expect(formatDate(addMonths(date('2012-02-29'), -12))).toBe('2011-02-28');
    expect(formatDate(addMonths(date('2011-12-09'), -12))).toBe('2010-12-09');
  });

  it('reads periods', () => {
    expect(parsePeriod('P1Y2M')).toEqual({ months: 14, days: 0 });
    expect(parsePeriod('P2W')).toEqual({ months: 0, days: 14 });
    expect(['P', 'P0D', 'PT1H', '1M', 'P1.5M'].map(parsePeriod)).toEqual(Array(5).fill(undefined));
    expect(formatDate(addPeriod(date('2017-08-31'), { months: 6, days: 0 }))).toBe('2018-02-28');
  });
});

describe('instants', () => {
  it('wants an offset and a real day', () => {
    expect(
      [
        '2011-12-09T12:50:00',
        '2011-12-09',
        '2011-02-30T00:00:00Z',
        '2011-12-09T24:00:00Z',
        '2011-12-09T12:50:00+19:00',
      ].map(parseInstant),
    ).toEqual(Array(5).fill(undefined));
    expect(formatInstant(parseInstant('2011-12-09T12:50:00.1234+08:00') ?? 0)).toBe('2011-12-09T04:50:00.123Z');
  });

  it('knows the day in a zone', () => {
    const shanghai = new ZonedCalendar('Asia/Shanghai');
    expect(formatDate(shanghai.dayOfText('2011-12-09T15:59:59.999Z'))).toBe('2011-12-09');
    expect(formatDate(shanghai.dayOfText('2011-12-09T16:00:00.000Z'))).toBe('2011-12-10');
    expect(formatInstant(shanghai.startOfDay(date('2011-12-10')))).toBe('2011-12-09T16:00:00.000Z');
  });

  it('reads local times, also where the clock changes', () => {
    const berlin = new ZonedCalendar('Europe/Berlin');
    expect(formatInstant(berlin.parseLocal('2024-07-01 12:00') ?? 0)).toBe('2024-07-01T10:00:00.000Z');
    expect(formatInstant(berlin.parseLocal('2024-03-31 02:30:00') ?? 0)).toBe('2024-03-31T01:30:00.000Z');
    expect(formatInstant(berlin.parseLocal('2024-10-27 02:30:00') ?? 0)).toBe('2024-10-27T00:30:00.000Z');
    expect(berlin.parseLocal('yesterday')).toBeUndefined();
  });

  it('refuses a zone that is none', () => {
    expect(() => new ZonedCalendar('Mars/Olympus')).toThrow(RangeError);
  });
});
