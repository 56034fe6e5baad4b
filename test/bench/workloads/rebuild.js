import { join } from 'node:path';
import { ProjectionRunner } from '#event-sourcing';
import { SqliteEventStore } from '#event-store-sqlite';
import { eventTypes, growHeapByDoubling, projectionsOf, settingsOf, sleep } from '#ledger';
import { readConfig } from '#platform';
import { SqliteReadStore } from '#read-store-sqlite';
import { temporaryFolder } from '../folders.js';
import { readPages } from '../limits/page-reads.js';

/**
 * One rebuild in a process of its own, for its memory: asked by a message `{folder, what}`, with `limit`, `one` or `all`
 * as what, it answers with events a second, the greatest memory in MB, and how far it was when.
 */

const ONE = 'revenue-days';

function limit(file) {
  return { events: readPages(file), progress: [] };
}

async function rebuild(file, what) {
  // As those do that work on the read models.
  growHeapByDoubling();
  const registry = eventTypes();
  const settings = settingsOf(readConfig({}));
  const projections = projectionsOf(settings, registry).filter(({ name }) => what === 'all' || name === ONE);
  const eventStore = await SqliteEventStore.open({ file });
  const readStore = await SqliteReadStore.open({ file: join(temporaryFolder(), 'read-models.db') });
  const head = await eventStore.head();
  const done = new AbortController();
  const progress = [];
  const begin = performance.now();
  const runner = new ProjectionRunner({
    eventStore,
    readStore,
    registry,
    projections,
    now: () => new Date().toISOString(),
    sleep,
    onProgress({ position, caughtUp, projections: each }) {
      progress.push([Number(position), performance.now() - begin]);
      const held = each.filter(({ quarantined }) => quarantined > 0);
      if (held.length > 0) throw new Error(`${held[0].name} cannot take the benchmark's events`);
      if (caughtUp || position >= head) done.abort();
    },
  });
  await runner.run(done.signal);
  const seconds = (performance.now() - begin) / 1_000;
  await Promise.all([eventStore.close(), readStore.close()]);
  return { events: Number(head), seconds, progress };
}

process.on('message', async ({ folder, what }) => {
  const file = join(folder, 'events.db');
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const done = what === 'limit' ? limit(file) : await rebuild(file, what);
  const seconds = done.seconds ?? (performance.now() - begin) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const memory = process.resourceUsage().maxRSS / 1_024;
  const { events, progress } = done;
  process.send({ rate: events / seconds, cpu: (user + system) / events, memory, progress }, () => process.exit(0));
});
