import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import fastify from 'fastify';
import { orderEvent } from '../data/order.js';
import { temporaryFolder } from '../folders.js';
import { AppendStore } from './append-store.js';

/** The limit of W2: a bare Fastify route with a JSON schema on the limit store of W1; no authentication, no rules. */

const text = (maxLength) => ({ type: 'string', minLength: 1, maxLength });
const amount = { type: 'string', pattern: '^(0|[1-9][0-9]{0,8})(\\.[0-9]{1,6})?$' };
const body = {
  type: 'object',
  additionalProperties: false,
  required: ['placedAt', 'currency', 'lines'],
  properties: {
    orderId: text(64),
    placedAt: { type: 'string', format: 'date-time' },
    currency: { type: 'string', pattern: '^[A-Z]{3}$' },
    channel: text(64),
    lines: {
      type: 'array',
      minItems: 1,
      maxItems: 5_000,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['sku', 'quantity', 'unitPrice'],
        properties: {
          sku: text(64),
          quantity: amount,
          unitPrice: amount,
          discountAmount: amount,
          unitCost: amount,
          description: text(500),
        },
      },
    },
  },
};
const response = {
  201: {
    type: 'object',
    properties: {
      accountId: { type: 'string' },
      orderId: { type: 'string' },
      revision: { type: 'integer' },
      position: { type: 'string' },
    },
  },
};

const store = new AppendStore(join(temporaryFolder(), 'limit.db'));
const revisions = new Map();
const app = fastify();

app.post('/v1/accounts/:accountId/orders', { schema: { body, response } }, async (request, reply) => {
  const { accountId } = request.params;
  const orderId = request.body.orderId ?? randomUUID();
  const revision = (revisions.get(accountId) ?? -1) + 1;
  revisions.set(accountId, revision);
  const data = JSON.stringify(orderEvent(0, orderId, request.body));
  const position = await store.append(`account-${accountId}`, revision, 'order-placed.v1', randomUUID(), data);
  reply.code(201);
  return { accountId, orderId, revision, position: String(position) };
});

process.once('SIGTERM', async () => {
  await app.close();
  await store.close();
});
process.stdout.write(`listening on ${await app.listen({ port: 0, host: '127.0.0.1' })}\n`);
