import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addPeriod, parseDate, parsePeriod } from '#calendar';
import { cadenceKept } from './cadence-kept.js';

function day(date: string): number {
  return parseDate(date) ?? Number.NaN;
}

function kept(
  every: string,
  origin: string,
  [after, asOf]: readonly [string | null, string],
  visits: readonly string[],
) {
  return cadenceKept(
    {
      every: parsePeriod(every) ?? { months: 0, days: 0 },
      origin: day(origin),
      after: after === null ? null : day(after),
      asOf: day(asOf),
    },
    visits.map(day),
  );
}

describe('the share of periods with a visit', () => {
  it('counts the twelve months of a year', () => {
    const window = ['2025-12-31', '2026-12-31'] as const;
    expect(kept('P1M', '2026-01-01', window, ['2026-01-01', '2026-01-31', '2026-06-10', '2026-12-31'])).toBe(3 / 12);
  });

  it('leaves out the period that has not ended', () => {
    const window = ['2025-12-31', '2026-12-30'] as const;
    expect(kept('P1M', '2026-01-01', window, ['2026-06-10', '2026-12-30'])).toBe(1 / 11);
  });

  it('leaves out periods that began before the window', () => {
    // Of the quarters from 1 January on, those of April and July lie in the window 2026-02-16 … 2026-11-15.
    expect(kept('P3M', '2026-01-01', ['2026-02-15', '2026-11-15'], ['2026-03-01', '2026-05-01', '2026-11-01'])).toBe(
      1 / 2,
    );
  });

  it('counts all periods since the origin in all of history, and no visit before it', () => {
    expect(kept('P1M', '2026-01-15', [null, '2026-04-14'], ['2026-01-14', '2026-02-14', '2026-04-14'])).toBe(2 / 3);
  });

  it('counts months by calendar from the origin, so that one from the 31st does not wander', () => {
    // Periods: 31 Jan–27 Feb, 28 Feb–30 Mar, 31 Mar–29 Apr, 30 Apr–30 May.
    const window = [null, '2026-05-30'] as const;
    expect(kept('P1M', '2026-01-31', window, ['2026-02-28', '2026-03-30'])).toBe(1 / 4);
    expect(kept('P1M', '2026-01-31', window, ['2026-02-27', '2026-03-30', '2026-03-31', '2026-04-30'])).toBe(1);
  });

  it('is 0 where no period had one', () => {
    expect(kept('P14D', '2026-01-01', [null, '2026-01-28'], [])).toBe(0);
  });

  it.each<[string, string, string]>([
    ['before the first period has ended', '2026-01-01', '2026-01-30'],
    ['before the first period has begun', '2026-02-01', '2026-01-30'],
  ])('is null %s', (_, origin, asOf) => {
    expect(kept('P1M', origin, [null, asOf], ['2026-01-02'])).toBeNull();
  });

  it('is null in a window that holds no whole period', () => {
    expect(kept('P6M', '2020-01-01', ['2026-02-01', '2026-11-01'], ['2026-03-01'])).toBeNull();
  });

  it('is what walking from period to period gives, whatever the order of the visits', () => {
    const days = fc.integer({ min: day('2025-01-01'), max: day('2027-12-31') });
    const periods = fc.constantFrom('P1M', 'P3M', 'P1Y', 'P7D', 'P1D', 'P1M10D');
    fc.assert(
      fc.property(periods, days, fc.option(days), days, fc.array(days), (text, origin, after, asOf, visits) => {
        const every = parsePeriod(text) ?? { months: 0, days: 0 };
        let ended = 0;
        let withVisit = 0;
        for (let k = 0; ; k++) {
          const from = addPeriod(origin, { months: every.months * k, days: every.days * k });
          const next = addPeriod(origin, { months: every.months * (k + 1), days: every.days * (k + 1) });
          if (next - 1 > asOf) break;
          if (after !== null && from <= after) continue;
          ended++;
          if (visits.some((visit) => visit >= from && visit < next)) withVisit++;
        }
        expect(cadenceKept({ every, origin, after, asOf }, visits)).toBe(ended === 0 ? null : withVisit / ended);
      }),
    );
  });

  it('takes no longer for a daily cadence of a thousand years', () => {
    expect(kept('P1D', '1026-01-01', ['2026-01-01', '2026-12-31'], ['2026-05-01'])).toBe(1 / 364);
  });
});
