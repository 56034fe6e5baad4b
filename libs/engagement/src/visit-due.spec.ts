import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDate, parseDate, parsePeriod } from '#calendar';
import { type Cadence, visitDue } from './visit-due.js';

function day(date: string): number {
  return parseDate(date) ?? Number.NaN;
}

function cadence(every: string, more: { readonly graceDays?: number; readonly start?: string } = {}): Cadence {
  return {
    every: parsePeriod(every) ?? { months: 0, days: 0 },
    graceDays: more.graceDays ?? 0,
    start: more.start === undefined ? null : day(more.start),
  };
}

describe('the next visit', () => {
  it.each([
    ['P1M', '2026-01-15', '2026-02-15'],
    ['P1M', '2026-01-31', '2026-02-28'],
    ['P1M', '2024-01-31', '2024-02-29'],
    ['P3M', '2025-11-30', '2026-02-28'],
    ['P6M', '2017-08-31', '2018-02-28'],
    ['P6M', '2017-08-16', '2018-02-16'],
    ['P1Y', '2024-02-29', '2025-02-28'],
    ['P14D', '2026-02-20', '2026-03-06'],
    ['P2W', '2026-02-20', '2026-03-06'],
    ['P1M1D', '2026-01-31', '2026-03-01'],
  ])('every %s is due after %s on %s', (every, last, due) => {
    expect(formatDate(visitDue(cadence(every), day(last), day(last))?.dueOn ?? 0)).toBe(due);
  });

  it('counts from the start where there was no visit', () => {
    const due = visitDue(cadence('P1M', { start: '2026-03-01' }), null, day('2026-03-20'));
    expect(due).toEqual({ dueOn: day('2026-04-01'), overdueOn: day('2026-04-02'), overdue: false, daysOverdue: 0 });
  });

  it('counts from the last visit, be it before the start', () => {
    const due = visitDue(cadence('P1M', { start: '2026-03-01' }), day('2026-02-10'), day('2026-03-20'));
    expect(due?.dueOn).toBe(day('2026-03-10'));
  });

  it('is not known without visit and start', () => {
    expect(visitDue(cadence('P1M'), null, day('2026-03-20'))).toBeNull();
  });

  it.each([
    ['2026-02-15', false, 0],
    ['2026-02-18', false, 0],
    ['2026-02-19', true, 1],
    ['2026-02-28', true, 10],
  ])(
    'with three days of grace, due on 2026-02-15, seen on %s is overdue: %s, by %s days',
    (asOf, overdue, daysOverdue) => {
      expect(visitDue(cadence('P1M', { graceDays: 3 }), day('2026-01-15'), day(asOf))).toEqual({
        dueOn: day('2026-02-15'),
        overdueOn: day('2026-02-19'),
        overdue,
        daysOverdue,
      });
    },
  );

  it('is overdue from overdueOn on and never before', () => {
    const days = fc.integer({ min: day('2000-01-01'), max: day('2040-01-01') });
    fc.assert(
      fc.property(
        days,
        days,
        fc.constantFrom('P1M', 'P3M', 'P10D', 'P1Y'),
        fc.nat(365),
        (last, asOf, every, graceDays) => {
          const due = visitDue(cadence(every, { graceDays }), last, asOf);
          expect(due?.overdue).toBe(asOf >= (due?.overdueOn ?? 0));
          expect((due?.daysOverdue ?? 0) > 0).toBe(due?.overdue);
        },
      ),
    );
  });
});
