import { parseDate } from '#calendar';
import { type Command, type Decider, type DomainEvent, reject } from '#event-sourcing';
import type { LedgerSettings } from '#platform';
import { type ExchangeRates, foldRate, noRates, rateSetFor, ratesSnapshot } from './exchange-rates.js';
import { plainRate } from './order-amounts.js';
import { EXCHANGE_RATE_SET } from './orders.events.js';

export type SetExchangeRateCommand = Command<
  'set-exchange-rate',
  { readonly currency: string; readonly date: string; readonly rate: string; readonly at: string }
>;

/**
 * Decides the exchange rates of the ledger. The same rate for the same day again is nothing new; another one takes the
 * place of the one before for documents that come from then on.
 */
export function exchangeRatesDecider({
  baseCurrency,
}: Pick<LedgerSettings, 'baseCurrency'>): Decider<ExchangeRates, SetExchangeRateCommand> {
  return {
    name: 'exchange-rates',
    commands: ['set-exchange-rate'],
    version: 1,
    snapshot: ratesSnapshot,
    initial: () => noRates,
    evolve: foldRate,
    decide({ data }, rates, { now }) {
      const { currency, date, at } = data;
      if (currency === baseCurrency) {
        return reject('rule', 'base-currency', `${currency} is the ledger's base currency: its rate is 1.`);
      }
      // As any fact, a rate may be dated up to a day ahead; the form of both has been checked.
      if (Number(parseDate(date)) > Number(parseDate(now.slice(0, 10))) + 1) {
        return reject('rule', 'in-the-future', `The day ${date} lies more than 24 hours ahead.`);
      }
      const rate = plainRate(data.rate);
      if (rateSetFor(rates, currency, date) === rate) return [];
      const set: DomainEvent = { type: EXCHANGE_RATE_SET, data: { currency, date, rate }, occurredAt: at };
      return [set];
    },
  };
}
