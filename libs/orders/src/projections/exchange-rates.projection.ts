import { type DocumentProjection, documents } from '#event-sourcing';
import { EXCHANGE_RATE_SET, type ExchangeRateSetData } from '../orders.events.js';

/** One document a currency and date: the rate set last. Only the stream of the settings has such facts. */
export const exchangeRatesProjection: DocumentProjection = documents({
  name: 'exchange-rates',
  version: 1,
  collection: {
    fields: { currency: 'text', date: 'text', rate: 'text', recordedAt: 'text' },
    key: ['currency', 'date'],
  },
  events: [EXCHANGE_RATE_SET],
  keys({ data }) {
    const { currency, date } = data as unknown as ExchangeRateSetData;
    return [[currency, date]];
  },
  fold(_, { data, metadata }) {
    const { currency, date, rate } = data as unknown as ExchangeRateSetData;
    return { currency, date, rate, recordedAt: metadata.recordedAt };
  },
});
