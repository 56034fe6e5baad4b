import { IsOptional } from 'class-validator';
import {
  defineCommand,
  IsAmount,
  IsCurrency,
  IsIdentifier,
  IsInstant,
  IsQuantity,
  IsRate,
  IsText,
  ListOf,
} from '#platform';
import { withRateOfDay } from './rate-of-day.js';

/** A line of an order; amounts are in the order's currency. */
export class LineOfOrder {
  /** What was ordered: any text. */
  @IsText({ max: 64 })
  sku!: string;

  @IsQuantity()
  quantity!: number | string;

  @IsAmount()
  unitPrice!: string;

  /** Off the whole line, at most its price. */
  @IsOptional()
  @IsAmount()
  discountAmount?: string;

  /** What a unit costs us; a line without it leaves the order's gross profit unknown. */
  @IsOptional()
  @IsAmount()
  unitCost?: string;

  @IsOptional()
  @IsText({ max: 500 })
  description?: string;
}

/** The body of `POST /v1/accounts/{accountId}/orders`. */
export class PlaceOrder {
  @IsOptional()
  @IsIdentifier()
  orderId?: string;

  @IsInstant()
  placedAt!: string;

  @IsCurrency()
  currency!: string;

  /** Base units a unit of the currency; default: the newest rate set for the day on which it was placed or before. */
  @IsOptional()
  @IsRate()
  rate?: string;

  /** How it came in. */
  @IsOptional()
  @IsText({ max: 64 })
  channel?: string;

  @ListOf(() => LineOfOrder, { min: 1, max: 5_000 })
  lines!: LineOfOrder[];
}

/**
 * Places an order. Refused: 409 `id-exists`; 422 `rate-unknown`, `base-currency` (a rate of its own for the base
 * currency), `discount-too-large`, `amount-too-large` (10^11 base units or more).
 */
export const placeOrder = defineCommand({
  type: 'place-order',
  summary: 'Place an order',
  body: PlaceOrder,
  subject: 'account',
  permission: 'account-commands',
  creates: { field: 'orderId', prefix: 'ord' },
  dateField: 'placedAt',
  prepare: (data, preparation) => withRateOfDay(data, 'placedAt', preparation),
  example: {
    orderId: 'so-2026-1017',
    placedAt: '2026-04-12T10:00:00+08:00',
    currency: 'CNY',
    channel: 'sales-app',
    lines: [
      { sku: 'PUMP-40', quantity: 3, unitPrice: '1250.00', discountAmount: '150', unitCost: '810.5' },
      { sku: 'SEAL-7', quantity: '120', unitPrice: '2.35', unitCost: '1.1', description: 'Shaft seal 7 mm' },
    ],
  },
});
