import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { CommandExecutor } from '#event-sourcing';
import { SqliteEventStore } from '#event-store-sqlite';
import { CAPABILITY_LIST, eventTypes, settingsOf } from '#ledger';
import { readConfig } from '#platform';
import { benchLedger, orderCommand, registerAccounts } from '../data/ledger.js';
import { appendFiller } from '../data/log.js';
import { ACCOUNTS, accountOf, orderBody, orderEvent } from '../data/order.js';
import { temporaryFolder } from '../folders.js';
import { AppendStore } from '../limits/append-store.js';
import { eachInFlight, exponent, interleaved, rateInFlight } from '../measuring.js';
import { peer } from '../peers/peer.js';
import { atLeast, atMost } from '../report.js';

/** W1: 64 commands in flight place orders on 1,000 accounts, in process, durable before the answer. */

const WIDTH = 64;

export async function run({ quick, huge, rounds, seconds }) {
  const folder = temporaryFolder();
  const ledger = await benchLedger(join(folder, 'ledger'));
  await registerAccounts(ledger);
  const executor = await executorAlone(join(folder, 'executor', 'events.db'));
  const limit = limitStore(join(folder, 'limit.db'));
  const emmett = await emmettLedger(join(folder, 'emmett.db'));
  const contestants = {
    ours: () => rateInFlight(WIDTH, seconds, (number) => ledger.commands.send(orderCommand(number))),
    executor: () => rateInFlight(WIDTH, seconds, executor.placeOrder),
    limit: () => rateInFlight(WIDTH, seconds, limit.placeOrder),
    ...(emmett === undefined ? {} : { peer: () => rateInFlight(WIDTH, seconds, emmett.placeOrder) }),
  };
  // Each once, unmeasured: code is compiled and caches are filled.
  for (const warm of Object.values(contestants)) await warm();
  const measured = await interleaved(rounds, contestants);
  await Promise.all([ledger.close(), executor.close(), limit.close()]);
  emmett?.close();
  const growth = [...(await growthOfLog(folder, { quick, huge, seconds })), ...(await growthOfStream(folder, quick))];
  return {
    rows: [
      row('W1 commands', measured.ours, measured),
      row('W1 by CommandExecutor alone', measured.executor, measured),
    ],
    notes: [
      `W1 processor time a command, both threads: ours ${us(measured.ours)}, executor alone ${us(measured.executor)}, limit ${us(measured.limit)}${measured.peer === undefined ? '' : `, peer ${us(measured.peer)}`}.`,
      ...growth,
    ],
  };
}

function row(workload, ours, { limit, peer: other }) {
  return {
    workload,
    unit: '/s',
    ours: ours.rate,
    limit: limit.rate,
    peer: other === undefined ? 'peer not runnable here' : other.rate,
    targets: [
      atLeast('× limit', ours.rate / limit.rate, 0.75),
      ...(other === undefined ? [] : [atLeast('× peer', ours.rate / other.rate, 20)]),
      atMost('failed', ours.failed, 0),
    ],
  };
}

const us = ({ cpu }) => `${cpu.toFixed(0)} µs`;

/** The machinery with all deciders of an account, without what the ledger's front adds to a command. */
async function executorAlone(file) {
  const store = await SqliteEventStore.open({ file });
  const settings = settingsOf(readConfig({}));
  const deciders = CAPABILITY_LIST.flatMap((capability) => capability.deciders)
    .filter(({ subject }) => subject === 'account')
    .map(({ decider }) => decider(settings));
  const executor = new CommandExecutor({
    store,
    registry: eventTypes(),
    decidersOf: () => deciders,
    now: () => new Date().toISOString(),
    newId: randomUUID,
    patience: { unavailable: 0, unknown: 0, sleep: async () => undefined, elapsed: () => performance.now() },
  });
  const execute = async (accountId, command) => {
    const now = new Date().toISOString();
    const outcome = await executor.execute({
      stream: `account-${accountId}`,
      command,
      context: { now, actor: 'bench', role: 'sales' },
      requestId: randomUUID(),
      correlationId: randomUUID(),
      source: 'bench',
    });
    if (outcome.outcome !== 'accepted') throw new Error(JSON.stringify(outcome));
  };
  await eachInFlight(WIDTH, ACCOUNTS, (number) => {
    const accountId = accountOf(number);
    const data = { accountId, name: accountId, at: new Date().toISOString() };
    return execute(accountId, { type: 'register-account', data });
  });
  return {
    placeOrder(number) {
      const accountId = accountOf(number);
      const data = { ...orderBody(number), accountId, orderId: randomUUID(), rate: '1' };
      return execute(accountId, { type: 'place-order', data });
    },
    close: () => store.close(),
  };
}

function limitStore(file) {
  const store = new AppendStore(file);
  const revisions = new Map();
  return {
    placeOrder(number) {
      const accountId = accountOf(number);
      const revision = (revisions.get(accountId) ?? -1) + 1;
      revisions.set(accountId, revision);
      const id = randomUUID();
      const data = JSON.stringify(orderEvent(number, id));
      return store.append(`account-${accountId}`, revision, 'order-placed.v1', id, data);
    },
    close: () => store.close(),
  };
}

async function emmettLedger(file) {
  const emmett = await peer('emmett-ledger.js');
  if (emmett === undefined) return undefined;
  const ledger = new emmett.EmmettLedger(file);
  return {
    placeOrder: (number) => ledger.placeOrder(accountOf(number), orderEvent(number, randomUUID())),
    close: () => ledger.close(),
  };
}

/** The rate on the same 1,000 accounts while other accounts' events fill the log. */
async function growthOfLog(folder, { quick, huge, seconds }) {
  const sizes = quick ? [1e4, 3e4, 1e5] : [1e4, 1e5, 1e6, ...(huge ? [1e7] : [])];
  const ledger = await benchLedger(join(folder, 'growing'));
  await registerAccounts(ledger);
  let next = 0;
  const place = () => ledger.commands.send(orderCommand(next++));
  await rateInFlight(WIDTH, seconds, place);
  const points = [];
  let filled = 0;
  for (const size of sizes) {
    const head = Number(await ledger.eventStore.head());
    filled = await appendFiller(ledger.eventStore, filled, Math.max(0, size - head));
    points.push([size, (await rateInFlight(WIDTH, seconds, place)).rate]);
  }
  await ledger.close();
  return [
    `W1 as the log grows: ${points.map(([size, rate]) => `${rate.toFixed(0)}/s at ${size.toExponential(0)} events`).join(', ')}; rate ∝ events^${exponent(points).toFixed(3)} (target: 0).`,
  ];
}

/** The rate on one account while its stream grows, and its first command after a start. */
async function growthOfStream(folder, quick) {
  const sizes = quick ? [1e3, 3e3, 1e4] : [1e3, 1e4, 1e5];
  const place = join(folder, 'long-stream');
  let ledger = await benchLedger(place);
  await registerAccounts(ledger, 1);
  const points = [];
  const cold = [];
  let next = 0;
  const send = () => ledger.commands.send(orderCommand(next++, accountOf(0)));
  for (const size of sizes) {
    const step = size / 10;
    await eachInFlight(WIDTH, size - next - step, send);
    const begin = performance.now();
    await eachInFlight(WIDTH, step, send);
    points.push([size, (step * 1_000) / (performance.now() - begin)]);
    await ledger.close();
    ledger = await benchLedger(place);
    const coldBegin = performance.now();
    await send();
    cold.push([size, performance.now() - coldBegin]);
  }
  await ledger.close();
  return [
    `W1 on one account as its stream grows: ${points.map(([size, rate]) => `${rate.toFixed(0)}/s at ${size.toExponential(0)}`).join(', ')}; rate ∝ events^${exponent(points).toFixed(3)} (target: 0).`,
    `W1 first command on the ledger opened anew right after that, whose snapshot was written when it was closed: ${cold.map(([size, ms]) => `${ms.toFixed(0)} ms at ${size.toExponential(0)} events`).join(', ')}.`,
  ];
}
