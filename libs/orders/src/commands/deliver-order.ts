import { IsBoolean, IsOptional } from 'class-validator';
import { defineCommand, IsInstant } from '#platform';

/** The body of `POST /v1/accounts/{accountId}/orders/{orderId}/delivery`. */
export class DeliverOrder {
  @IsInstant()
  deliveredAt!: string;

  /** Until when it was promised: delivered at this instant is on time. */
  @IsOptional()
  @IsInstant()
  promisedAt?: string;

  /** Whether the right goods came, all of them and whole. */
  @IsOptional()
  @IsBoolean()
  accurate?: boolean;
}

/**
 * Records that an order was delivered. Refused: 404 `order-not-found`; 409 `already-delivered` with other content;
 * 422 `out-of-order` before it was placed, `order-cancelled`.
 */
export const deliverOrder = defineCommand({
  type: 'deliver-order',
  summary: 'Record the delivery of an order',
  body: DeliverOrder,
  subject: 'account',
  permission: 'account-commands',
  params: ['orderId'],
  dateField: 'deliveredAt',
  example: {
    deliveredAt: '2026-04-18T15:20:00+08:00',
    promisedAt: '2026-04-20T18:00:00+08:00',
    accurate: true,
  },
});
