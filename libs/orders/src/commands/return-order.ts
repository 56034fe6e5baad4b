import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { defineCommand, IsIdentifier, IsInstant, IsQuantity, IsText, ListOf } from '#platform';

/** A line of the order, and how much of it came back. */
export class LineOfReturn {
  /** The order's lines are numbered from 1. */
  @IsInt()
  @Min(1)
  @Max(5_000)
  lineNo!: number;

  @IsQuantity()
  quantity!: number | string;
}

/** The body of `POST /v1/accounts/{accountId}/orders/{orderId}/returns`. */
export class ReturnOrder {
  @IsOptional()
  @IsIdentifier()
  returnId?: string;

  @IsInstant()
  returnedAt!: string;

  @ListOf(() => LineOfReturn, { min: 1, max: 5_000 })
  lines!: LineOfReturn[];

  /** No place for personal data. */
  @IsOptional()
  @IsText({ max: 1_000 })
  reason?: string;
}

/**
 * Takes goods of an order back. Refused: 404 `order-not-found`, `line-not-found`; 409 `id-exists`; 422 `over-return`
 * with `lines:[{lineNo, ordered, returned, left, requested}]`, `order-cancelled`, `out-of-order` before it was placed.
 */
export const returnOrder = defineCommand({
  type: 'return-order',
  summary: 'Take goods of an order back',
  body: ReturnOrder,
  subject: 'account',
  permission: 'account-commands',
  creates: { field: 'returnId', prefix: 'ret' },
  params: ['orderId'],
  dateField: 'returnedAt',
  example: {
    returnId: 'ret-2026-88',
    returnedAt: '2026-05-03T11:00:00+08:00',
    lines: [{ lineNo: 2, quantity: 20 }],
    reason: 'Wrong size',
  },
});
