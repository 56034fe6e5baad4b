import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CommandExecutor } from '#event-sourcing';
import { SqliteEventStore } from '#event-store-sqlite';
import { CAPABILITY_LIST, eventTypes, settingsOf } from '#ledger';
import { readConfig } from '#platform';
import { MongoSnapshotStore } from '#read-store-mongodb';
import { SqliteSnapshotStore } from '#read-store-sqlite';
import { appendLongAccount, LONG_ACCOUNT, longAccountOrder } from '../data/long-account.js';
import { temporaryFolder } from '../folders.js';
import { median } from '../measuring.js';
import { atLeast, atMost } from '../report.js';

/**
 * COLD: a command on an account of 100,000 events that is not in the memory: by its snapshot, and by folding its stream.
 * Cold is the account, in a process that is warm: a new executor, with few events behind the snapshot and with as many as
 * there may be. With MONGODB_URL also with snapshots on that server.
 */

const STREAM = `account-${LONG_ACCOUNT}`;
/** As in stream-snapshots.ts: so many events may stand behind a snapshot. */
const EVERY = 250;
const COLD_TRIES = 9;
const PATIENCE = {
  unavailable: 0,
  unknown: 0,
  sleep: (milliseconds) => setTimeout(milliseconds),
  elapsed: () => performance.now(),
};

export async function run({ quick, rounds }) {
  const events = quick ? 10_000 : 100_000;
  const folder = temporaryFolder();
  const log = await openLog(folder);
  await appendLongAccount(log, events);
  const embedded = () => SqliteSnapshotStore.open({ file: join(folder, 'snapshots.db') });

  const folded = [];
  for (let round = 0; round < rounds; round++) folded.push(await coldCommand(log, undefined));
  await makeSnapshot(log, embedded);
  const warm = [];
  for (let round = 0; round < COLD_TRIES; round++) warm.push(await coldCommand(log, embedded));
  const mongo = await onMongo(log);
  await appendMore(log, EVERY - 2 * COLD_TRIES - 2);
  const longTail = [];
  for (let round = 0; round < COLD_TRIES; round++) longTail.push(await coldCommand(log, embedded));
  await log.close();
  const started = [];
  for (let round = 0; round < rounds; round++) started.push(await inNewProcess(folder));

  const row = (workload, times) => ({
    workload,
    unit: 'ms',
    ours: median(times),
    targets: [atMost('ms', median(times), 20), atLeast('× folding', median(folded) / median(times), 20)],
  });
  return {
    rows: [row('COLD account', warm), row(`COLD account, ${EVERY - COLD_TRIES} events behind its snapshot`, longTail)],
    notes: [
      `COLD by folding ${events} events: ${median(folded).toFixed(0)} ms; slowest by snapshot: ${Math.max(...warm).toFixed(1)} and ${Math.max(...longTail).toFixed(1)} ms.`,
      `COLD as the very first command of a process, whose code is not compiled yet: ${median(started).toFixed(0)} ms.`,
      ...(mongo === undefined ? [] : [`COLD with snapshots on MongoDB: ${mongo.toFixed(0)} ms.`]),
    ],
  };
}

function openLog(folder) {
  return SqliteEventStore.open({ file: join(folder, 'events.db') });
}

function executorOn(store, snapshots) {
  const settings = settingsOf(readConfig({}));
  const deciders = CAPABILITY_LIST.flatMap((capability) => capability.deciders)
    .filter(({ subject }) => subject === 'account')
    .map(({ decider }) => decider(settings));
  return new CommandExecutor({
    store,
    registry: eventTypes(),
    decidersOf: () => deciders,
    now: () => new Date().toISOString(),
    newId: randomUUID,
    patience: PATIENCE,
    ...(snapshots === undefined ? {} : { snapshots: { store: snapshots } }),
    observe: {
      snapshotFailed(_, error) {
        throw error;
      },
    },
  });
}

/** Milliseconds until a new executor has answered its first command: opening the snapshots is in it. */
async function coldCommand(log, openSnapshots) {
  const begin = performance.now();
  const snapshots = await openSnapshots?.();
  const executor = executorOn(log, snapshots);
  await placeOrder(executor);
  const elapsed = performance.now() - begin;
  await executor.idle();
  await snapshots?.close();
  return elapsed;
}

async function placeOrder(executor) {
  const now = new Date().toISOString();
  const outcome = await executor.execute({
    stream: STREAM,
    command: { type: 'place-order', data: { ...longAccountOrder(randomUUID(), now), rate: '1' } },
    context: { now, actor: 'bench', role: 'sales' },
    idempotencyKey: randomUUID(),
    requestHash: '0123456789abcdef012345',
    requestId: randomUUID(),
    correlationId: randomUUID(),
    source: 'bench',
  });
  if (outcome.outcome !== 'accepted') throw new Error(JSON.stringify(outcome));
}

async function makeSnapshot(log, openSnapshots) {
  const snapshots = await openSnapshots();
  const executor = executorOn(log, snapshots);
  await executor.view(STREAM);
  await executor.idle();
  await snapshots.close();
}

/** Orders that no snapshot follows. */
async function appendMore(log, count) {
  const executor = executorOn(log, undefined);
  for (let number = 0; number < count; number++) await placeOrder(executor);
}

async function onMongo(log) {
  const url = process.env.MONGODB_URL;
  if (url === undefined) return undefined;
  const open = () => MongoSnapshotStore.open({ url });
  await makeSnapshot(log, open);
  const times = [];
  for (let round = 0; round < COLD_TRIES; round++) times.push(await coldCommand(log, open));
  return median(times);
}

/** The first command of a process that has its modules loaded and its log open. */
async function inNewProcess(folder) {
  const child = fork(fileURLToPath(import.meta.url), ['--cold', folder], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const [elapsed] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the process ended with ${code}`);
    }),
  ]);
  return elapsed;
}

if (process.argv[2] === '--cold') {
  const [, , , folder] = process.argv;
  const log = await openLog(folder);
  const elapsed = await coldCommand(log, () => SqliteSnapshotStore.open({ file: join(folder, 'snapshots.db') }));
  await log.close();
  process.send(elapsed, () => process.exit(0));
}
