import { randomUUID } from 'node:crypto';
import { chainedEvents } from '#event-sourcing';

/** One account with a registration and orders that came with idempotency keys, appended without deciding anything. */

const FIRST_DAY = Date.parse('2024-01-01T08:00:00.000Z');
const DAY = 86_400_000;
const DAYS = 730;
/** Events an append, and appends after one another: a stream has one end. */
const CHUNK = 500;

export const LONG_ACCOUNT = 'the-long-one';

/** A body of `POST /v1/accounts/{accountId}/orders` with what the front adds. */
export function longAccountOrder(orderId, placedAt) {
  return {
    accountId: LONG_ACCOUNT,
    orderId,
    placedAt,
    currency: 'CNY',
    channel: 'sales-app',
    lines: [
      { sku: 'PUMP-17', quantity: '3', unitPrice: '1250.5', unitCost: '810.25', discountAmount: '15' },
      { sku: 'SEAL-4', quantity: '120', unitPrice: '2.35', unitCost: '1.1' },
    ],
  };
}

function placed(number, count) {
  const occurredAt = new Date(FIRST_DAY + Math.floor((number / count) * DAYS * DAY)).toISOString();
  const { currency, channel, lines } = longAccountOrder('', occurredAt);
  const data = {
    orderId: randomUUID(),
    currency,
    rate: '1',
    channel,
    lines: lines.map((line, index) => ({ lineNo: index + 1, ...line })),
    baseRevenue: '4018.5',
    baseCost: '2562.75',
  };
  return { type: 'order-placed.v1', data, occurredAt };
}

/** Appends that account's events. @param {import('#event-sourcing').EventStore} store */
export async function appendLongAccount(store, count) {
  const stream = `account-${LONG_ACCOUNT}`;
  let end = { stream, revision: -1, hash: '' };
  for (let next = 0; next < count; ) {
    const events = [];
    let { revision, hash } = end;
    for (; events.length < CHUNK && next < count; next++) {
      const fact =
        next === 0
          ? {
              type: 'account-registered.v1',
              data: { accountId: LONG_ACCOUNT, name: 'The long one', provisional: false },
              occurredAt: new Date(FIRST_DAY).toISOString(),
            }
          : placed(next, count);
      const requestId = randomUUID();
      const request = {
        context: { actor: 'bench', role: 'sales' },
        correlationId: requestId,
        idempotencyKey: randomUUID(),
        requestHash: '0123456789abcdef012345',
        requestId,
        source: 'import',
      };
      const [event] = chainedEvents({ stream, revision, hash }, request, [fact], fact.occurredAt, randomUUID);
      revision += 1;
      hash = event.metadata.hash;
      events.push(event);
    }
    const { outcome } = await store.append(stream, end.revision < 0 ? 'no-stream' : end.revision, events);
    if (outcome !== 'appended') throw new Error(outcome);
    end = { stream, revision, hash };
  }
}
