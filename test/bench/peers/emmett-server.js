import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import express from 'express';
import { orderEvent } from '../data/order.js';
import { temporaryFolder } from '../folders.js';
import { EmmettLedger } from './emmett-ledger.js';

/** The peer of W2: emmett behind Express on SQLite, one command at a time. */

const ledger = new EmmettLedger(join(temporaryFolder(), 'emmett.db'));
const app = express();
app.use(express.json());

app.post('/v1/accounts/:accountId/orders', async (request, response) => {
  const { accountId } = request.params;
  const { body } = request;
  if (typeof body.currency !== 'string' || !Array.isArray(body.lines) || body.lines.length === 0) {
    response.status(400).json({ title: 'Bad request' });
    return;
  }
  try {
    const orderId = body.orderId ?? randomUUID();
    const result = await ledger.placeOrder(accountId, orderEvent(0, orderId, body));
    response.status(201).json({ accountId, orderId, revision: String(result.nextExpectedStreamVersion) });
  } catch (error) {
    response.status(500).json({ title: String(error) });
  }
});

const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`listening on http://127.0.0.1:${server.address().port}\n`);
});
server.keepAliveTimeout = 60_000;
process.once('SIGTERM', () => process.exit(0));
