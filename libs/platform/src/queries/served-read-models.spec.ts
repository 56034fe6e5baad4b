import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { QueryBus } from '@nestjs/cqrs';
import {
  type BuildCatalog,
  type BuildsOfVersion,
  buildCatalog,
  buildOf,
  checkpointName,
  documents,
  type Projection,
  type ReadStore,
  StoreUnavailable,
  withBuilds,
} from '#event-sourcing';
import { InMemoryEventStore, type OpenedReadStore, recordedHistory, type StreamFact } from '#event-sourcing-testing';
import { newSqliteReadStore } from '#test/laws/sqlite-read-stores';
import { ProjectionLags } from '../operations/projection-lag.js';
import { QuarantineController } from '../operations/quarantine.controller.js';
import { Quarantine } from '../operations/quarantine.js';
import { ReadProgress } from './read-progress.js';
import { ServedReadModels } from './served-read-models.js';

const VISITED = 'visited.v1';
const NOW = '2026-01-01T00:00:00.000Z';
/** Longer than the catalog is believed. */
const NOTICED = 300;

const VISITS = documents({
  name: 'visits',
  version: 1,
  collection: { fields: { account: 'text', visits: 'integer' }, key: ['account'] },
  events: [VISITED],
  keys: ({ stream }) => [[stream]],
  fold: (document, { stream }) => ({ account: stream, visits: BigInt(Number(document?.visits ?? 0)) + 1n }),
});

const HISTORY = recordedHistory(
  Array.from({ length: 5 }, (): StreamFact => ['account-a', { type: VISITED, data: {}, occurredAt: NOW }]),
);
const END = 50n;

describe('read models of which other builds serve while a question is answered', () => {
  let readStore: ReadStore;
  let close: OpenedReadStore['close'];
  let catalog: BuildCatalog;
  let models: ServedReadModels;
  const eventStore = new InMemoryEventStore(HISTORY);

  beforeEach(async () => {
    ({ store: readStore, close } = await newSqliteReadStore());
    catalog = buildCatalog({ readStore, newId: randomUUID });
    models = new ServedReadModels({ eventStore, readStore, catalog, projections: [VISITS] });
    await fill(VISITS, ['account-a'], 30n);
    await serve({ serving: 1, before: null });
  });
  afterEach(() => close());

  async function fill(projection: Projection, accounts: readonly string[], position: bigint): Promise<void> {
    await readStore.prepare([projection.collection]);
    await readStore.write({
      documents: accounts.map((account) => ({
        collection: projection.collection.name,
        key: [account],
        position,
        document: { account, visits: 1n },
      })),
      checkpoints: [{ projection: checkpointName(projection), position }],
    });
  }

  async function serve(builds: Pick<BuildsOfVersion, 'serving' | 'before'>): Promise<void> {
    await catalog.change((state) => withBuilds(state, [VISITS], () => ({ newest: 2, complete: true, ...builds })));
  }

  /** The second build has all of the log, and one account more; nobody keeps the first any more. */
  async function serveSecond(before: number | null): Promise<void> {
    await fill(buildOf(VISITS, 2), ['account-a', 'account-b'], END);
    await serve({ serving: 2, before });
    await setTimeout(NOTICED);
  }

  const visited = async () => (await models.store.find('visits_v1')).map(({ account }) => String(account));

  async function* pages(): AsyncGenerator<string> {
    yield 'header';
    yield (await visited()).join();
  }

  it('lets a list end whole where its builds are kept', async () => {
    const reading = await models.begin();
    const list = models.eachWithin(reading, pages());
    expect(await list.next()).toEqual({ done: false, value: 'header' });
    await serveSecond(1);
    expect(await list.next()).toEqual({ done: false, value: 'account-a' });
    expect(await list.next()).toEqual({ done: true, value: undefined });
    reading.end();
  });

  it('lets no list end whole of which a build may have been dropped', async () => {
    const reading = await models.begin();
    const list = models.eachWithin(reading, pages());
    await list.next();
    await serveSecond(null);
    await list.next();
    await expect(list.next()).rejects.toBeInstanceOf(StoreUnavailable);
    reading.end();
  });

  it('tells of the builds that serve how far they are, whatever is still being read', async () => {
    const lags = new ProjectionLags(
      eventStore,
      models.store,
      new ReadProgress(models.store, [VISITS], models),
      () => NOW,
    );
    const reading = await models.begin();
    expect(await lags.measure()).toMatchObject([{ build: 1, position: '30', lag: { events: 2 } }]);
    await serveSecond(null);
    expect(await lags.measure()).toMatchObject([{ build: 2, position: '50', lag: { events: 0 } }]);
    reading.end();
  });

  it('asks the builds that serve which streams an operator sees', async () => {
    await readStore.prepare([buildOf(VISITS, 2).collection]);
    await readStore.write({
      documents: [],
      checkpoints: [],
      quarantined: [
        {
          projection: 'visits.v1.b2',
          stream: 'account-b',
          revision: 0,
          position: 10n,
          eventId: 'event-1',
          type: VISITED,
          error: 'Out of range.',
          at: NOW,
        },
      ],
    });
    const decisions = { events: async () => new Map() };
    const quarantine = new Quarantine({ eventStore, readStore, served: models, decisions, now: () => NOW } as never);
    const directory = { ofMember: async () => new Set((await visited()).map((stream) => stream.slice(8))) };
    const controller = new QuarantineController(new QueryBus({} as never), quarantine, models, directory as never);
    const envelope = { actor: 'li', role: 'admin', member: 'li', source: 'http', receivedAt: NOW };
    const reading = await models.begin();
    await serveSecond(null);
    const answer = controller.redrive('visits', 'account-b', envelope as never);
    await expect(answer).resolves.toMatchObject({ stream: 'account-b', state: 'redrive-requested' });
    reading.end();
  });
});
