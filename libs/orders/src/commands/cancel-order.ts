import { defineCommand, IsInstant, IsText } from '#platform';

/** The body of `POST /v1/accounts/{accountId}/orders/{orderId}/cancellation`. */
export class CancelOrder {
  @IsInstant()
  cancelledAt!: string;

  /** No place for personal data. */
  @IsText({ max: 1_000 })
  reason!: string;
}

/**
 * Cancels what is left of an order. Refused: 404 `order-not-found`; 409 `already-cancelled` with other content; 422
 * `out-of-order` before it was placed, or before the latest that happened to it.
 */
export const cancelOrder = defineCommand({
  type: 'cancel-order',
  summary: 'Cancel an order',
  body: CancelOrder,
  subject: 'account',
  permission: 'account-commands',
  params: ['orderId'],
  dateField: 'cancelledAt',
  example: { cancelledAt: '2026-04-13T09:00:00+08:00', reason: 'Ordered twice by mistake' },
});
