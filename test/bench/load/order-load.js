import { randomUUID } from 'node:crypto';
import { accountOf, orderBody } from '../data/order.js';
import { percentile } from '../measuring.js';
import { KeepAliveConnection, requestText } from './keep-alive-connection.js';

/**
 * A process of its own that places orders: asked by a message `{url, token, connections, seconds}`, it answers with
 * requests a second, latencies in milliseconds and failures.
 */

async function load({ url, token, connections, seconds }) {
  const target = new URL(url);
  const bodies = Array.from({ length: 500 }, (_, number) => JSON.stringify(orderBody(number)));
  const run = randomUUID();
  const latencies = [];
  let sent = 0;
  let failed = 0;
  let firstFailure;
  const begin = performance.now();
  const end = begin + seconds * 1_000;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const connection = new KeepAliveConnection(target);
      while (performance.now() < end) {
        const number = sent++;
        const headers = { Authorization: `Bearer ${token}`, 'Idempotency-Key': `${run}-${number}` };
        const path = `/v1/accounts/${accountOf(number)}/orders`;
        const text = requestText('POST', path, target.host, headers, bodies[number % bodies.length]);
        const sentAt = performance.now();
        try {
          const { status, body } = await connection.send(text);
          if (status < 200 || status > 299) throw new Error(`${status} ${body}`);
          latencies.push(performance.now() - sentAt);
        } catch (error) {
          failed++;
          firstFailure ??= String(error);
        }
      }
      connection.close();
    }),
  );
  const elapsed = (performance.now() - begin) / 1_000;
  return {
    rate: latencies.length / elapsed,
    count: latencies.length,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    failed,
    firstFailure,
  };
}

process.on('message', async (order) => process.send(await load(order)));
