import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { accountName } from '../data/log.js';
import { orderBody } from '../data/order.js';
import { percentile } from '../measuring.js';
import { KeepAliveConnection, requestText } from './keep-alive-connection.js';

/**
 * A process of its own: places orders at a steady rate, and asks now and then, with the position of an order that was
 * just answered, for the ranking that shows it. Asked by `{url, token, accounts, rate, seconds}`.
 */

const PROBE_EVERY = 100;

async function load({ url, token, accounts, rate, seconds }) {
  const target = new URL(url);
  const headers = { Authorization: `Bearer ${token}` };
  const idle = Array.from({ length: 64 }, () => new KeepAliveConnection(target));
  const begin = performance.now();
  const end = begin + seconds * 1_000;
  const commands = [];
  let newest;
  let failed = 0;
  let firstFailure;
  const failure = (error) => {
    failed++;
    firstFailure ??= String(error);
  };
  const place = async (connection, number) => {
    const path = `/v1/accounts/${accountName(number % accounts)}/orders`;
    const body = JSON.stringify({ ...orderBody(number), placedAt: new Date().toISOString() });
    const text = requestText('POST', path, target.host, { ...headers, 'Idempotency-Key': randomUUID() }, body);
    const sentAt = performance.now();
    try {
      const answer = await connection.send(text);
      if (answer.status !== 201) throw new Error(`${answer.status} ${answer.body}`);
      newest = { position: JSON.parse(answer.body).position, answeredAt: performance.now() };
      commands.push(newest.answeredAt - sentAt);
    } catch (error) {
      failure(error);
    }
    idle.push(connection);
  };
  const shown = [];
  const probing = (async () => {
    const connection = new KeepAliveConnection(target);
    while (performance.now() < end) {
      await setTimeout(PROBE_EVERY);
      if (newest === undefined) continue;
      const { position, answeredAt } = newest;
      const asked = { ...headers, 'Keyledger-Min-Position': position, Prefer: 'wait=10' };
      const answer = await connection.send(requestText('GET', '/v1/key-accounts?limit=10', target.host, asked));
      if (answer.status === 200 && BigInt(JSON.parse(answer.body).position) >= BigInt(position)) {
        shown.push(performance.now() - answeredAt);
      } else {
        failure(`${answer.status} ${answer.body.slice(0, 300)}`);
      }
    }
    connection.close();
  })();
  let sent = 0;
  while (performance.now() < end) {
    const due = Math.floor(((performance.now() - begin) / 1_000) * rate);
    while (sent < due && idle.length > 0) void place(idle.pop(), sent++);
    await setTimeout(2);
  }
  await probing;
  while (idle.length < 64) await setTimeout(10);
  for (const connection of idle) connection.close();
  return {
    commands: commands.length / seconds,
    commandP99: percentile(commands, 0.99),
    p50: percentile(shown, 0.5),
    p99: percentile(shown, 0.99),
    probes: shown.length,
    failed,
    firstFailure,
  };
}

process.on('message', async (order) => process.send(await load(order)));
