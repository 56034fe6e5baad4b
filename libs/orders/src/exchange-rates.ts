import { Map as ImmutableMap } from 'immutable';
import { civilDate, parseDate } from '#calendar';
import type { DomainEvent, SnapshotForm } from '#event-sourcing';
import { EXCHANGE_RATE_SET, type ExchangeRateSet } from './orders.events.js';

/** The rates of a year by day, ascending. */
type RatesOfYear = readonly { readonly day: number; readonly rate: string }[];

/** Rates by currency and year, so that neither a new one nor a look-up costs more as the years go by. */
export type ExchangeRates = ImmutableMap<string, ImmutableMap<number, RatesOfYear>>;

export const noRates: ExchangeRates = ImmutableMap();

type WrittenRates = readonly (readonly [
  currency: string,
  years: readonly (readonly [year: number, rates: readonly (readonly [day: number, rate: string])[]])[],
])[];

export const ratesSnapshot: SnapshotForm<ExchangeRates> = {
  write: (rates) =>
    [...rates].map(([currency, years]) => [
      currency,
      [...years].map(([year, ofYear]) => [year, ofYear.map(({ day, rate }) => [day, rate])]),
    ]),
  read: (rest) =>
    ImmutableMap(
      (rest as WrittenRates).map(([currency, years]) => [
        currency,
        ImmutableMap(years.map(([year, ofYear]) => [year, ofYear.map(([day, rate]) => ({ day, rate }))])),
      ]),
    ),
};

/** The rates after an event; the same object for an event of another kind. */
export function foldRate(rates: ExchangeRates, event: DomainEvent<string, object>): ExchangeRates {
  if (event.type !== EXCHANGE_RATE_SET) return rates;
  const { currency, date, rate } = (event as ExchangeRateSet).data;
  const day = dayOf(date);
  return rates.updateIn([currency, yearOf(day)], (known) => {
    const others = ((known ?? []) as RatesOfYear).filter((each) => each.day !== day);
    const place = others.findIndex((each) => each.day > day);
    return place < 0 ? [...others, { day, rate }] : others.toSpliced(place, 0, { day, rate });
  }) as ExchangeRates;
}

/**
 * Base units a unit of the currency on a day: the newest rate on or before it, `undefined` where there is none. It knows
 * nothing of the base currency, whose rate is never set.
 */
export function rateOn(rates: ExchangeRates, currency: string, day: number): string | undefined {
  const years = rates.get(currency);
  if (years === undefined) return undefined;
  const earliest = Math.min(...years.keys());
  for (let year = yearOf(day); year >= earliest; year--) {
    const newest = years.get(year)?.findLast((each) => each.day <= day);
    if (newest !== undefined) return newest.rate;
  }
  return undefined;
}

/** The rate set for this very day. */
export function rateSetFor(rates: ExchangeRates, currency: string, date: string): string | undefined {
  const day = dayOf(date);
  return rates
    .get(currency)
    ?.get(yearOf(day))
    ?.find((each) => each.day === day)?.rate;
}

function yearOf(day: number): number {
  return civilDate(day).year;
}

function dayOf(date: string): number {
  const day = parseDate(date);
  if (day === undefined) throw new RangeError(`"${date}" is no date`);
  return day;
}
