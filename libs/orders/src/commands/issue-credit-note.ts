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

/** A line of a credit note; amounts are what is credited, so not negative. */
export class LineOfCreditNote {
  @IsText({ max: 64 })
  sku!: string;

  @IsQuantity()
  quantity!: number | string;

  @IsAmount()
  unitPrice!: string;

  /** For the record only: a credit gives no cost back, a return does. */
  @IsOptional()
  @IsAmount()
  unitCost?: string;
}

/** The body of `POST /v1/accounts/{accountId}/credit-notes`. */
export class IssueCreditNote {
  @IsOptional()
  @IsIdentifier()
  creditNoteId?: string;

  @IsInstant()
  issuedAt!: string;

  /** On an order: the order's. */
  @IsCurrency()
  currency!: string;

  /** Base units a unit of the currency. On an order: the order's; else by default the newest rate of its day or before. */
  @IsOptional()
  @IsRate()
  rate?: string;

  @ListOf(() => LineOfCreditNote, { min: 1, max: 5_000 })
  lines!: LineOfCreditNote[];

  /** The order it credits. */
  @IsOptional()
  @IsIdentifier()
  orderId?: string;

  /** The return it settles: what is credited then takes the place of the return's own value. */
  @IsOptional()
  @IsIdentifier()
  returnId?: string;

  /** No place for personal data. */
  @IsOptional()
  @IsText({ max: 1_000 })
  reason?: string;
}

/**
 * Issues a credit note, with or without an order. Refused: 404 `order-not-found`, `return-not-found`; 409 `id-exists`;
 * 422 `currency-mismatch` and `rate-mismatch` with the order, `return-of-another-order`, `order-cancelled`,
 * `out-of-order` before the order or the return, `rate-unknown`, `base-currency`, `amount-too-large`.
 */
export const issueCreditNote = defineCommand({
  type: 'issue-credit-note',
  summary: 'Issue a credit note',
  body: IssueCreditNote,
  subject: 'account',
  permission: 'account-commands',
  creates: { field: 'creditNoteId', prefix: 'cn' },
  dateField: 'issuedAt',
  async prepare(data, preparation) {
    // The rate is then the order's, which the decider knows.
    if (typeof data.orderId === 'string' || typeof data.returnId === 'string') return data;
    return withRateOfDay(data, 'issuedAt', preparation);
  },
  example: {
    creditNoteId: 'cn-2026-31',
    issuedAt: '2026-05-05T09:00:00+08:00',
    currency: 'CNY',
    lines: [{ sku: 'SEAL-7', quantity: 20, unitPrice: '2.35' }],
    orderId: 'so-2026-1017',
    reason: 'Late delivery',
  },
});
