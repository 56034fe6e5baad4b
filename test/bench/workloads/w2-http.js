import { join } from 'node:path';
import { ACCOUNTS, accountOf } from '../data/order.js';
import { temporaryFolder } from '../folders.js';
import { clientKey, LoadProcess, ServerProcess, startApi } from '../load/processes.js';
import { eachInFlight, interleaved } from '../measuring.js';
import { peer } from '../peers/peer.js';
import { atLeast, atMost } from '../report.js';

/** W2: W1 over HTTP with everything on; 64 keep-alive connections from another process. */

const CONNECTIONS = 64;

export async function run({ rounds, seconds }) {
  const api = await startApi(join(temporaryFolder(), 'ledger'), { KEYLEDGER_PROJECTOR: 'none' });
  const token = await clientKey(api.url, 'sales');
  await registerAccounts(api.url, token);
  const limit = await ServerProcess.start('test/bench/limits/fastify-server.js');
  const nest = await ServerProcess.start('test/bench/limits/nest-server.js');
  const emmett = await startEmmett();
  const load = new LoadProcess('./order-load.js');
  const contestants = {
    ours: () => measure(load, api, token, seconds),
    limit: () => measure(load, limit, token, seconds),
    nest: () => measure(load, nest, token, seconds),
    ...(emmett === undefined ? {} : { peer: () => measure(load, emmett, token, seconds) }),
  };
  for (const warm of Object.values(contestants)) await warm();
  const measured = await interleaved(rounds, contestants);
  load.stop();
  await Promise.all([api.stop(), limit.stop(), nest.stop(), emmett?.stop()]);
  return { rows: rowsOf(measured), notes: notesOf(measured) };
}

async function measure(load, server, token, seconds) {
  const before = server.cpuTime();
  const { firstFailure, count, ...numbers } = await load.ask({
    url: server.url,
    token,
    seconds,
    connections: CONNECTIONS,
  });
  if (firstFailure !== undefined) process.stderr.write(`failed: ${firstFailure}\n`);
  return { ...numbers, cpu: (server.cpuTime() - before) / count };
}

async function registerAccounts(url, token) {
  await eachInFlight(CONNECTIONS, ACCOUNTS, async (number) => {
    const answer = await fetch(`${url}/v1/accounts`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ accountId: accountOf(number), name: `Account ${number}` }),
    });
    if (answer.status !== 201) throw new Error(await answer.text());
    await answer.text();
  });
}

/** Nothing where the peer's modules do not load. */
async function startEmmett() {
  if ((await peer('emmett-ledger.js')) === undefined) return undefined;
  return ServerProcess.start('test/bench/peers/emmett-server.js');
}

function rowsOf({ ours, limit, nest, peer: other }) {
  return [
    {
      workload: 'W2 commands over HTTP',
      unit: '/s',
      ours: ours.rate,
      limit: limit.rate,
      peer: other === undefined ? 'peer not runnable here' : other.rate,
      targets: [
        atLeast('× limit', ours.rate / limit.rate, 0.65),
        atLeast('× plain Nest', ours.rate / nest.rate, 1.25),
        ...(other === undefined ? [] : [atLeast('× peer', ours.rate / other.rate, 15)]),
        atMost('failed', ours.failed, 0),
      ],
    },
    {
      workload: 'W2 p99 latency',
      unit: 'ms',
      ours: ours.p99,
      limit: limit.p99,
      peer: other?.p99,
      targets: [atMost('× limit', ours.p99 / limit.p99, 2)],
    },
  ];
}

function notesOf({ ours, limit, nest, peer: other }) {
  const us = ({ cpu }) => `${cpu.toFixed(0)} µs`;
  return [
    `W2 plain Nest + Fastify + ValidationPipe + command bus on the limit store: ${nest.rate.toFixed(0)}/s, p99 ${nest.p99.toFixed(1)} ms.`,
    `W2 processor time a request, all threads of the server: ours ${us(ours)}, limit ${us(limit)}, plain Nest ${us(nest)}${other === undefined ? '' : `, peer ${us(other)}`}.`,
  ];
}
