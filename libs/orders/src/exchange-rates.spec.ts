import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDate, parseDate } from '#calendar';
import { given } from '#event-sourcing-testing';
import { exchangeRatesDecider, type SetExchangeRateCommand } from './exchange-rates.decider.js';
import { foldRate, noRates, rateOn } from './exchange-rates.js';
import type { ExchangeRateSet } from './orders.events.js';

const decider = exchangeRatesDecider({ baseCurrency: 'CNY' });
const AT = '2026-01-10T08:00:00.000Z';

function rate(currency: string, date: string, rate: string): ExchangeRateSet {
  return { type: 'exchange-rate-set.v1', data: { currency, date, rate }, occurredAt: AT };
}

function set(currency: string, date: string, rate: string): SetExchangeRateCommand {
  return { type: 'set-exchange-rate', data: { currency, date, rate, at: AT } };
}

describe('setting an exchange rate', () => {
  it('holds from its day on, and is written without superfluous zeros', () => {
    given(decider)
      .when(set('EUR', '2026-01-01', '7.80'))
      .thenEvents(rate('EUR', '2026-01-01', '7.8'));
  });

  it('says nothing new with the same rate, and takes the place of another', () => {
    const past = [rate('EUR', '2026-01-01', '7.8'), rate('EUR', '2026-01-02', '7.9')];
    given(decider, ...past)
      .when(set('EUR', '2026-01-01', '7.800'))
      .thenNothing();
    given(decider, ...past)
      .when(set('EUR', '2026-01-01', '7.9'))
      .thenEvents(rate('EUR', '2026-01-01', '7.9'));
    // The rate of the day before is the same, but not set for this day.
    given(decider, ...past)
      .when(set('EUR', '2026-01-03', '7.9'), { now: '2026-01-02T12:00:00.000Z' })
      .thenEvents(rate('EUR', '2026-01-03', '7.9'));
  });

  it('is refused for a day more than a day ahead', () => {
    given(decider)
      .when(set('EUR', '2026-01-04', '7.9'), { now: '2026-01-02T23:00:00.000Z' })
      .thenRejected('in-the-future');
  });

  it('is refused for the base currency', () => {
    given(decider)
      .when(set('CNY', '2026-01-01', '1'))
      .thenRejected('base-currency');
  });
});

describe('the rate on a day', () => {
  it('is the newest on or before it, of the currency', () => {
    const rates = [
      rate('EUR', '2025-06-30', '7.5'),
      rate('EUR', '2020-01-15', '7.1'),
      rate('USD', '2026-01-01', '6.9'),
      rate('EUR', '2025-06-01', '7.4'),
      rate('EUR', '2025-06-30', '7.6'),
    ].reduce(foldRate, noRates);
    const on = (currency: string, date: string) => rateOn(rates, currency, parseDate(date) ?? Number.NaN);
    expect(on('EUR', '2020-01-14')).toBeUndefined();
    expect(on('EUR', '2020-01-15')).toBe('7.1');
    expect(on('EUR', '2025-05-31')).toBe('7.1');
    expect(on('EUR', '2025-06-29')).toBe('7.4');
    expect(on('EUR', '2030-12-31')).toBe('7.6');
    expect(on('USD', '2025-12-31')).toBeUndefined();
    expect(on('JPY', '2026-01-01')).toBeUndefined();
  });

  it('leaves the rates as they are for any other event', () => {
    expect(foldRate(noRates, { type: 'order-placed.v1', data: {}, occurredAt: AT })).toBe(noRates);
  });

  it('is what looking through all of them says', () => {
    const day = fc.integer({ min: 0, max: 1_500 });
    const facts = fc.array(fc.tuple(day, fc.integer({ min: 1, max: 999 })), { maxLength: 30 });
    fc.assert(
      fc.property(facts, day, (facts, asked) => {
        const rates = facts.reduce(
          (folded, [on, value]) => foldRate(folded, rate('EUR', formatDate(on), String(value))),
          noRates,
        );
        const last = new Map(facts);
        const newest = Math.max(...[...last.keys()].filter((on) => on <= asked));
        expect(rateOn(rates, 'EUR', asked)).toBe(last.has(newest) ? String(last.get(newest)) : undefined);
      }),
    );
  });
});
