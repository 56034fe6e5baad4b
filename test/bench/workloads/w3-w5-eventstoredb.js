import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent, START } from '@eventstore/db-client';
import { ProjectionRunner } from '#event-sourcing';
import { EventStoreDbEventStore } from '#event-store-eventstoredb';
import { eventTypes, projectionsOf, settingsOf, sleep } from '#ledger';
import { readConfig } from '#platform';
import { SqliteReadStore } from '#read-store-sqlite';
import { benchLedger, orderCommand, registerAccounts } from '../data/ledger.js';
import { appendHistory } from '../data/log.js';
import { accountOf, orderEvent } from '../data/order.js';
import { temporaryFolder } from '../folders.js';
import { interleaved, rateInFlight } from '../measuring.js';
import { atLeast, atMost } from '../report.js';

/** W3 and W5: commands and a rebuild on the EventStoreDB that `EVENTSTOREDB_URL` names. */

const WIDTH = 64;
const ONE = 'revenue-days';

export async function run(options, name) {
  const url = process.env.EVENTSTOREDB_URL;
  if (!url) {
    const note = `${name} NOT RUN: EVENTSTOREDB_URL names no EventStoreDB; its ratios are unknown on this machine.`;
    process.stderr.write(`${note}\n`);
    return { rows: [], notes: [note] };
  }
  return name === 'W3' ? commands(url, options) : rebuild(url, options);
}

async function commands(url, { rounds, seconds }) {
  const prefix = `bench-${randomUUID().slice(0, 8)}-`;
  const ledger = await benchLedger(temporaryFolder(), { EVENTSTOREDB_URL: url, KEYLEDGER_STREAM_PREFIX: prefix });
  await registerAccounts(ledger);
  const client = EventStoreDBClient.connectionString(url);
  const contestants = {
    ours: () => rateInFlight(WIDTH, seconds, (number) => ledger.commands.send(orderCommand(number))),
    limit: () =>
      rateInFlight(WIDTH, seconds, (number) => {
        const id = randomUUID();
        const event = jsonEvent({ id, type: 'order-placed.v1', data: orderEvent(number, id) });
        return client.appendToStream(`${prefix}raw-${accountOf(number)}`, [event]);
      }),
  };
  // A cold node gives a third of its rate.
  for (let warm = 0; warm < 3; warm++) for (const contestant of Object.values(contestants)) await contestant();
  const { ours, limit } = await interleaved(rounds, contestants);
  await Promise.all([ledger.close(), client.dispose()]);
  return {
    rows: [
      {
        workload: 'W3 commands on EventStoreDB',
        unit: '/s',
        ours: ours.rate,
        limit: limit.rate,
        targets: [atLeast('× limit', ours.rate / limit.rate, 0.8), atMost('failed', ours.failed, 0)],
      },
    ],
    notes: ['W3 is measured without its peer (emmett-esdb), for which there is no program yet.'],
  };
}

async function rebuild(url, { quick, rounds }) {
  const streamPrefix = `bench-${randomUUID().slice(0, 8)}-`;
  const store = await EventStoreDbEventStore.open({ url, streamPrefix });
  await appendHistory(store, quick ? 10_000 : 200_000, quick ? 1_000 : 20_000);
  const head = await store.head();
  const client = EventStoreDBClient.connectionString(url);
  const { ours, limit } = await interleaved(rounds, {
    ours: () => projected(store, head),
    limit: () => counted(client, head, streamPrefix),
  });
  await Promise.all([store.close(), client.dispose()]);
  return {
    rows: [
      {
        workload: 'W5 rebuild from EventStoreDB',
        unit: 'events/s',
        ours: ours.rate,
        limit: limit.rate,
        targets: [atLeast('× limit', ours.rate / limit.rate, 0.85)],
      },
    ],
    notes: [],
  };
}

async function projected(eventStore, head) {
  const registry = eventTypes();
  const projections = projectionsOf(settingsOf(readConfig({})), registry).filter(({ name }) => name === ONE);
  const readStore = await SqliteReadStore.open({ file: join(temporaryFolder(), 'read-models.db') });
  const done = new AbortController();
  let events = 0;
  const counting = {
    readStream: (...args) => eventStore.readStream(...args),
    async *subscribe(options) {
      for await (const batch of eventStore.subscribe(options)) {
        events += batch.events.length;
        yield batch;
      }
    },
  };
  const begin = performance.now();
  const runner = new ProjectionRunner({
    eventStore: counting,
    readStore,
    registry,
    projections,
    now: () => new Date().toISOString(),
    sleep,
    onProgress: ({ position }) => position >= head && done.abort(),
  });
  await runner.run(done.signal);
  const rate = (events * 1_000) / (performance.now() - begin);
  await readStore.close();
  return { rate };
}

async function counted(client, head, prefix) {
  let events = 0;
  const begin = performance.now();
  const subscription = client.subscribeToAll({ fromPosition: START });
  for await (const { event } of subscription) {
    if (event?.streamId.startsWith(prefix)) events += 1;
    if (event !== undefined && event.position.commit >= head) break;
  }
  await subscription.unsubscribe();
  return { rate: (events * 1_000) / (performance.now() - begin) };
}
