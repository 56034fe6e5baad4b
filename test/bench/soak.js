import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { accountOf, orderBody } from './data/order.js';
import { temporaryFolder } from './folders.js';
import { KeepAliveConnection, requestText } from './load/keep-alive-connection.js';
import { ADMIN_KEY, clientKey, startApi, untilProjected } from './load/processes.js';
import { percentile } from './measuring.js';

/**
 * `node test/bench/soak.js [--minutes 30] [--rate 1500] [--every 60]`: the API under a steady rate of orders, with queries
 * beside them and one rebuild of all read models after the other. Prints a line each `--every` seconds and ends with a
 * comparison of the first and the last third: what grows with time shows there. `--rate` is orders a second: half of what
 * W2 gives on the machine.
 */

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '1500' },
    every: { type: 'string', default: '60' },
  },
});
const [minutes, rate, every] = [Number(values.minutes), Number(values.rate), Number(values.every)];
const CONNECTIONS = 64;
const QUERIES = [
  '/v1/key-accounts?limit=50',
  '/v1/accounts?limit=50',
  '/v1/revenue?interval=month',
  `/v1/accounts/${accountOf(1)}`,
  `/v1/accounts/${accountOf(2)}/events?limit=50`,
  '/v1/concentration',
];

const folder = join(temporaryFolder(), 'soak');
const api = await startApi(folder);
const target = new URL(api.url);
const token = await clientKey(api.url, 'admin');
await registerAccounts();
await untilProjected(api.url, token);
const until = performance.now() + minutes * 60_000;
const isOver = () => performance.now() >= until;
let period = newPeriod();
const failures = [];
let rebuilds = 0;

const work = [...Array.from({ length: CONNECTIONS }, (_, n) => order(n)), query(), rebuild()];
const periods = [];
console.log('minute  orders/s  p50 ms  p99 ms  query p99 ms  memory MB  lag events  lag s  rebuilds  failed');
while (!isOver()) {
  const begun = performance.now();
  await setTimeout(every * 1_000);
  const done = period;
  period = newPeriod();
  const lag = await newestLag();
  const line = {
    minute: (minutes * 60_000 - (until - performance.now())) / 60_000,
    rate: done.orders.length / ((performance.now() - begun) / 1_000),
    p50: percentile(done.orders, 0.5),
    p99: percentile(done.orders, 0.99),
    queryP99: percentile(done.queries, 0.99),
    memory: memoryOf(api.pid),
    lagEvents: lag.events,
    lagSeconds: lag.seconds,
    rebuilds,
    failed: failures.length,
  };
  periods.push(line);
  console.log(
    [
      line.minute.toFixed(1).padStart(6),
      line.rate.toFixed(0).padStart(9),
      line.p50.toFixed(1).padStart(7),
      line.p99.toFixed(1).padStart(7),
      line.queryP99.toFixed(1).padStart(13),
      line.memory.toFixed(0).padStart(10),
      String(line.lagEvents).padStart(11),
      line.lagSeconds.toFixed(1).padStart(6),
      String(line.rebuilds).padStart(9),
      String(line.failed).padStart(7),
    ].join(' '),
  );
}
await Promise.all(work);
const settled = performance.now();
await untilProjected(api.url, token);
console.log(`Read models at the head ${((performance.now() - settled) / 1_000).toFixed(1)} s after the last order.`);
const third = Math.max(1, Math.floor(periods.length / 3));
for (const [name, unit] of [
  ['p99', 'ms'],
  ['queryP99', 'ms'],
  ['memory', 'MB'],
  ['lagSeconds', 's'],
]) {
  const mean = (part) => part.reduce((sum, each) => sum + each[name], 0) / part.length;
  const [first, last] = [mean(periods.slice(0, third)), mean(periods.slice(-third))];
  console.log(
    `${name}: ${first.toFixed(1)} ${unit} in the first third, ${last.toFixed(1)} ${unit} in the last (× ${(last / first).toFixed(2)})`,
  );
}
for (const failure of failures.slice(0, 5)) console.log(`failed: ${failure}`);
await api.stop();
process.exit(failures.length > 0 ? 1 : 0);

function newPeriod() {
  return { orders: [], queries: [] };
}

async function registerAccounts() {
  const ids = new Set(Array.from({ length: 1_000 }, (_, number) => accountOf(number)));
  const rows = ['accountId,name', ...[...ids].map((id) => `${id},${id}`)].join('\n');
  const answer = await fetch(`${api.url}/v1/imports?kind=accounts`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${ADMIN_KEY}`, 'Content-Type': 'text/csv' },
    body: rows,
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(text);
}

/** One client of many that keep the rate together: each has its own beat, and one that is late catches up. */
async function order(client) {
  const connection = new KeepAliveConnection(target);
  const beat = (CONNECTIONS / rate) * 1_000;
  let due = performance.now() + (client / CONNECTIONS) * beat;
  for (let n = 0; !isOver(); n++, due += beat) {
    const wait = due - performance.now();
    if (wait > 0) await setTimeout(wait);
    const number = n * CONNECTIONS + client;
    const body = JSON.stringify(orderBody(number));
    const headers = { Authorization: `Bearer ${token}`, 'Idempotency-Key': `soak-${number}` };
    const text = requestText('POST', `/v1/accounts/${accountOf(number)}/orders`, target.host, headers, body);
    const sentAt = performance.now();
    try {
      const { status, body: answer } = await connection.send(text);
      if (status > 299) failures.push(`${status} ${answer}`);
      period.orders.push(performance.now() - sentAt);
    } catch (error) {
      failures.push(String(error));
    }
  }
  connection.close();
}

async function query() {
  for (let n = 0; !isOver(); n++) {
    const sentAt = performance.now();
    const answer = await fetch(api.url + QUERIES[n % QUERIES.length], {
      headers: { Authorization: `Bearer ${token}` },
    });
    const text = await answer.text();
    if (answer.status !== 200) failures.push(`${QUERIES[n % QUERIES.length]}: ${answer.status} ${text.slice(0, 200)}`);
    period.queries.push(performance.now() - sentAt);
    await setTimeout(50);
  }
}

async function rebuild() {
  while (!isOver()) {
    const answer = await fetch(`${api.url}/v1/projections/all/rebuild`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${ADMIN_KEY}`, 'Content-Type': 'application/json' },
      body: '{}',
    });
    const started = await answer.json();
    if (answer.status !== 202) failures.push(`rebuild: ${answer.status} ${JSON.stringify(started)}`);
    else if (await rebuilt(started)) rebuilds += 1;
    await setTimeout(5_000);
  }
}

/** Whether it switched before this program ended. */
async function rebuilt({ rebuildId }) {
  while (!isOver()) {
    await setTimeout(1_000);
    const answer = await fetch(`${api.url}/v1/rebuilds/${rebuildId}`, {
      headers: { Authorization: `Bearer ${ADMIN_KEY}` },
    });
    const { phase, differing, remark } = await answer.json();
    if (phase === 'done') return true;
    if (phase === 'compared' || phase === 'abandoned' || differing > 0) {
      failures.push(`rebuild ${rebuildId}: ${phase}, ${differing} differing, ${remark}`);
      return false;
    }
  }
  return false;
}

async function newestLag() {
  const answer = await fetch(`${api.url}/v1/projections`, { headers: { Authorization: `Bearer ${token}` } });
  const { items } = await answer.json();
  return {
    events: Math.max(...items.map(({ lag }) => lag.events)),
    seconds: Math.max(...items.map(({ lag }) => lag.seconds)),
  };
}

/** Resident memory of a process, in MB. */
function memoryOf(pid) {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}
