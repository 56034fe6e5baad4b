/** The order that every program of W1 and W2 places: its event's data are some 400 bytes of JSON. */

export const ACCOUNTS = 1_000;

/** @param {number} number from 0 */
export function accountOf(number) {
  return `acct-${number % ACCOUNTS}`;
}

/** The body of `POST /v1/accounts/{accountId}/orders`. */
export function orderBody(number) {
  return {
    placedAt: '2026-04-12T10:00:00.000Z',
    currency: 'CNY',
    channel: 'sales-app',
    lines: [
      { sku: `PUMP-${number % 50}`, quantity: '3', unitPrice: '1250.5', unitCost: '810.25', discountAmount: '15' },
      { sku: `SEAL-${number % 90}`, quantity: '120', unitPrice: '2.35', unitCost: '1.1' },
    ],
  };
}

/** The data of the event, as the limit programs and the peer store it. */
export function orderEvent(number, orderId, body = orderBody(number)) {
  return {
    baseCost: '2562.75',
    baseRevenue: '4018.5',
    channel: body.channel,
    currency: body.currency,
    lines: body.lines,
    orderId,
    placedAt: body.placedAt,
    rate: '1',
  };
}
