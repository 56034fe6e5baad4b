import { IsOptional } from 'class-validator';
import { parseDate } from '#calendar';
import { isCurrency } from '#money';
import { badParameter, defineCommand, IsInstant, IsRate } from '#platform';

/** The body of `PUT /v1/exchange-rates/{currency}/{date}`. */
export class SetExchangeRate {
  /** Base units a unit of the currency. */
  @IsRate()
  rate!: string;

  @IsOptional()
  @IsInstant()
  at?: string;
}

/**
 * Sets what a currency is worth from a day on. Documents that are in the ledger keep the rate in their events. Refused:
 * 422 `base-currency`, whose rate is 1.
 */
export const setExchangeRate = defineCommand({
  type: 'set-exchange-rate',
  summary: 'Set the exchange rate of a currency from a day on',
  body: SetExchangeRate,
  subject: 'settings',
  permission: 'administration',
  params: ['currency', 'date'],
  async prepare(data) {
    if (!isCurrency(String(data.currency))) {
      throw badParameter('currency', 'currency', 'must be an ISO 4217 code of a currency in use, such as EUR');
    }
    if (parseDate(String(data.date)) === undefined) {
      throw badParameter('date', 'date', 'must be a date, such as 2026-11-23');
    }
    return data;
  },
  example: { rate: '7.8214' },
});
