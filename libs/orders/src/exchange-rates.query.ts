import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsOptional } from 'class-validator';
import type { Filter, ReadStore, Sort } from '#event-sourcing';
import {
  defineQuery,
  IsCurrency,
  IsDate,
  type ListAnswer,
  ListParameters,
  ListQuery,
  READ_STORE,
  storedList,
} from '#platform';
import { exchangeRatesProjection } from './projections/exchange-rates.projection.js';

export class ExchangeRatesParameters extends ListParameters {
  @IsOptional()
  @IsCurrency()
  currency?: string;

  /** The first day. */
  @IsOptional()
  @IsDate()
  since?: string;

  /** The last day. */
  @IsOptional()
  @IsDate()
  until?: string;
}

export interface ExchangeRateItem {
  readonly currency: string;
  readonly date: string;
  /** Base units a unit of the currency, from this day until the next rate's. */
  readonly rate: string;
  readonly recordedAt: string;
}

export class ExchangeRatesQuery extends ListQuery<ExchangeRatesParameters, ExchangeRateItem> {}

export const exchangeRates = defineQuery({
  summary: 'The exchange rates that were set, by currency, newest first',
  permission: 'read-models',
  parameters: ExchangeRatesParameters,
  query: ExchangeRatesQuery,
  form: 'list',
  example: { currency: 'EUR', date: '2026-04-01', rate: '7.8214', recordedAt: '2026-04-01T01:00:00.000Z' },
});

const BY_CURRENCY: readonly Sort[] = [
  { field: 'currency', direction: 'asc' },
  { field: 'date', direction: 'desc' },
];

@QueryHandler(ExchangeRatesQuery)
export class ExchangeRatesHandler implements IQueryHandler<ExchangeRatesQuery> {
  constructor(@Inject(READ_STORE) private readonly readStore: ReadStore) {}

  async execute({ parameters }: ExchangeRatesQuery): Promise<ListAnswer<ExchangeRateItem>> {
    const { currency, since, until } = parameters;
    const { collection } = exchangeRatesProjection;
    const date = { ...(since !== undefined && { gte: since }), ...(until !== undefined && { lte: until }) };
    const filter: Filter = {
      ...(currency !== undefined && { currency: { eq: currency } }),
      ...(Object.keys(date).length > 0 && { date }),
    };
    const order = { filter, sort: BY_CURRENCY, columns: Object.keys(exchangeRates.example) };
    return storedList(this.readStore, collection, order, (row) => ({
      currency: String(row.currency),
      date: String(row.date),
      rate: String(row.rate),
      recordedAt: String(row.recordedAt),
    }));
  }
}
