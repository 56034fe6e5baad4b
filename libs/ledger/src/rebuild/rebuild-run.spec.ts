import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  buildCatalog,
  compareBuilds,
  type DocumentKey,
  type DocumentProjection,
  documents,
  EventTypeRegistry,
  type FindOptions,
  type Projection,
  ProjectionRunner,
  type RecordedEvent,
  runningTotals,
  StateDocument,
  servedProjections,
  UnreadableEvent,
} from '#event-sourcing';
import { InMemoryEventStore, recordedHistory, type StreamFact } from '#event-sourcing-testing';
import { type RebuildPhase, ServedReadModels } from '#platform';
import { SqliteReadStore } from '#read-store-sqlite';
import { now, sleep } from '../ledger.js';
import { rememberDefinitions } from './read-model-definitions.js';
import { abandonRebuild, claimRebuild } from './rebuild-claim.js';
import type { RebuildContext } from './rebuild-context.js';
import { GIVEN_UP, latestRecord, newRecord, rebuildRecords } from './rebuild-record.js';
import { runRebuild } from './rebuild-run.js';

const SOLD = 'sold.v1';
const REBUILD = { kind: 'rebuild', names: [] } as const;
const never = new AbortController().signal;

const SALES = documents({
  name: 'sales',
  version: 1,
  collection: { fields: { account: 'text', sum: 'integer' }, key: ['account'] },
  events: [SOLD],
  keys: ({ stream }) => [[stream]],
  fold: (document, { stream, data }) => ({
    account: stream,
    sum: BigInt(Number(document?.sum ?? 0)) + BigInt(Number(data.amount)),
  }),
});
const DAYS = runningTotals({
  name: 'sale-days',
  version: 1,
  events: [SOLD],
  subject: 'account',
  totals: ['sum'],
  subjectOf: ({ stream }) => stream,
  postings: ({ data }) => [{ day: Number(data.day), amounts: { sum: BigInt(Number(data.amount)) } }],
});
const PROJECTIONS: readonly Projection[] = [SALES, DAYS];

/** Counts account-3's sales twice, and knows nothing of account-4. */
const MISTAKEN: DocumentProjection = {
  ...SALES,
  keys: (event, partition) => (event.stream === 'account-4' ? [] : SALES.keys(event, partition)),
  fold(document, event, key) {
    const once = SALES.fold(document, event, key);
    return event.stream === 'account-3' ? SALES.fold(once ?? undefined, event, key) : once;
  },
};

function history(count: number): RecordedEvent[] {
  const facts = Array.from({ length: count }, (_, index): StreamFact => {
    const data = { amount: index % 7, day: 20_000 - (index % 11) };
    return [`account-${index % 9}`, { type: SOLD, data, occurredAt: '2026-01-01T00:00:00.000Z' }];
  });
  return recordedHistory(facts);
}

describe('a rebuild', () => {
  let folder: string;
  let readStore: SqliteReadStore;
  let context: RebuildContext;
  let log: RecordedEvent[];
  let eventStore: InMemoryEventStore;
  let names = 0;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rebuild-ä b-'));
    readStore = await SqliteReadStore.open({ file: join(folder, 'read.db') });
    log = history(400);
    eventStore = new InMemoryEventStore(log.slice(0, 300));
    context = contextOf(PROJECTIONS);
    await readStore.prepare(PROJECTIONS.map(({ collection }) => collection));
    await catchUp();
  });
  afterEach(async () => {
    await readStore.close();
    rmSync(folder, { recursive: true });
  });

  function contextOf(projections: readonly Projection[]): RebuildContext {
    const newId = () => `name-${++names}`;
    const options = { readStore, newId };
    return {
      eventStore,
      readStore,
      registry: new EventTypeRegistry([{ types: [SOLD] }]),
      projections,
      program: 'this',
      discarded: async () => new Map(),
      catalog: buildCatalog(options),
      records: rebuildRecords(options),
      now,
      sleep,
      newId,
      newOwner: newId,
      isGone: () => false,
      timing: { beat: 20, lease: 400, grace: 20, dropGrace: 20 },
    };
  }

  /** A projector that keeps what serves. */
  async function catchUp(): Promise<void> {
    const projections = servedProjections(await context.catalog.read(), PROJECTIONS);
    const done = new AbortController();
    const { registry } = context;
    const runner: ProjectionRunner = new ProjectionRunner({
      eventStore,
      readStore,
      registry,
      projections,
      now,
      sleep,
      onProgress: ({ caughtUp }) => caughtUp && done.abort(),
    });
    await runner.run(done.signal);
  }

  async function served(): Promise<ServedReadModels> {
    return new ServedReadModels({ eventStore, readStore, catalog: context.catalog, projections: PROJECTIONS });
  }

  async function servedNames(): Promise<string[]> {
    return servedProjections(await context.catalog.read(), PROJECTIONS).map(({ collection }) => collection.name);
  }

  it('makes the same documents, and switches to all of them', async () => {
    const record = await runRebuild(context, REBUILD, never);
    expect(record).toMatchObject({ phase: 'done', differing: 0, differences: [], position: '3000' });
    expect(record.compared.map(({ name, documents }) => [name, documents])).toEqual([
      ['sales', { live: 9, made: 9 }],
      ['sale-days', { live: 99, made: 99 }],
    ]);
    expect(await servedNames()).toEqual(['sales_v1_b2', 'sale_days_v1_b2']);
    expect(await readStore.find('sales_v1_b2')).toEqual(await readStore.find('sales_v1'));
  });

  it('compares at the same events although what serves is behind, and nobody else keeps it', async () => {
    eventStore.record(log.slice(300));
    const record = await runRebuild(context, REBUILD, never);
    expect(record).toMatchObject({ phase: 'done', differing: 0, position: '4000' });
  });

  it('lists the differences of a mistaken fold, and switches only when it is told to', async () => {
    const mistaken = contextOf([MISTAKEN, DAYS]);
    const record = await runRebuild(mistaken, REBUILD, never);
    const sums = new Map((await readStore.find('sales_v1')).map(({ account, sum }) => [account, Number(sum)]));
    expect(record).toMatchObject({ phase: 'compared', differing: 2 });
    expect(record.differences).toEqual([
      {
        projection: 'sales',
        key: ['account-3'],
        field: 'sum',
        live: String(sums.get('account-3')),
        made: String(2 * (sums.get('account-3') ?? 0)),
      },
      { projection: 'sales', key: ['account-4'], field: null, live: 'there', made: 'absent' },
    ]);
    const [sales, days] = record.compared;
    expect(sales?.digests.live).not.toBe(sales?.digests.made);
    expect(days?.digests.live).toBe(days?.digests.made);
    expect(await servedNames()).toEqual(['sales_v1', 'sale_days_v1']);
    expect(await runRebuild(mistaken, { ...REBUILD, switch: 'always' }, never)).toMatchObject({ phase: 'done' });
    expect(await servedNames()).toEqual(['sales_v1_b2', 'sale_days_v1_b2']);
  });

  it('is rolled back with all that came since', async () => {
    await runRebuild(context, REBUILD, never);
    eventStore.record(log.slice(300));
    await catchUp();
    const record = await runRebuild(context, { kind: 'rollback', names: [] }, never);
    expect(record).toMatchObject({ phase: 'done', position: '4000' });
    expect(await servedNames()).toEqual(['sales_v1', 'sale_days_v1']);
    expect(await readStore.find('sales_v1')).toEqual(await readStore.find('sales_v1_b2'));
  });

  it.each<RebuildPhase>(['building', 'comparing', 'switching', 'following'])(
    'that is called off when it begins %s goes on from there',
    async (phase) => {
      const stop = new AbortController();
      const told = { ...context, onProgress: (record: { phase: string }) => record.phase === phase && stop.abort() };
      await expect(runRebuild(told, REBUILD, stop.signal)).rejects.toThrow('aborted');
      expect(await servedNames()).toEqual(
        phase === 'following' ? ['sales_v1_b2', 'sale_days_v1_b2'] : ['sales_v1', 'sale_days_v1'],
      );
      expect(await runRebuild(context, REBUILD, never)).toMatchObject({ phase: 'done' });
      expect(await servedNames()).toEqual(['sales_v1_b2', 'sale_days_v1_b2']);
    },
  );

  it.each([
    ['one of its read models', [SALES]],
    ['any of them', []],
  ])('that has switched is ended by a program without %s, also while what served is ahead', async (_, projections) => {
    const stop = new AbortController();
    const told = { ...context, onProgress: ({ phase }: { phase: string }) => phase === 'following' && stop.abort() };
    await expect(runRebuild(told, REBUILD, stop.signal)).rejects.toThrow('aborted');
    await readStore.write({ documents: [], checkpoints: [{ projection: 'sale-days.v1', position: 4000n }] });
    expect(await runRebuild(contextOf(projections), REBUILD, never)).toMatchObject({ phase: 'done' });
    expect((await context.catalog.read()).rebuild).toBeNull();
    expect(await servedNames()).toEqual(['sales_v1_b2', 'sale_days_v1_b2']);
    expect(await runRebuild(context, { kind: 'rollback', names: ['sales'] }, never)).toMatchObject({ phase: 'done' });
  });

  it('is refused while another one runs, and taken over from one that gives no sign of life', async () => {
    const stop = new AbortController();
    const slow: RebuildContext = { ...context, timing: { ...context.timing, grace: 60_000 } };
    const running = runRebuild(slow, REBUILD, stop.signal);
    const ended = running.catch((error: unknown) => error);
    while ((await context.catalog.read()).rebuild === null) await setTimeout(5);
    // Long enough that a pause of the machine is not taken for silence.
    const patient: RebuildContext = { ...context, timing: { ...context.timing, lease: 10_000 } };
    await expect(runRebuild(patient, REBUILD, never)).rejects.toMatchObject({ code: 'rebuild-running' });
    stop.abort();
    await ended;
    // One that was killed leaves its name.
    await context.catalog.change((state) =>
      state.rebuild === null ? undefined : { ...state, rebuild: { ...state.rebuild, owner: 'killed' } },
    );
    expect(await runRebuild(context, REBUILD, never)).toMatchObject({ phase: 'done' });
  });

  it('ends where an event cannot be read, and goes on when it can', async () => {
    const place = { stream: 'account-1', revision: 0, position: log[150]!.position };
    const damaged: RebuildContext['eventStore'] = {
      readStream: eventStore.readStream.bind(eventStore),
      head: eventStore.head.bind(eventStore),
      // biome-ignore lint/correctness/useYield: it never comes so far
      async *subscribe() {
        throw new UnreadableEvent('The event log is damaged.', place, 'its data is no JSON');
      },
    };
    await expect(runRebuild({ ...context, eventStore: damaged }, REBUILD, never)).rejects.toMatchObject({
      complaint: 'its data is no JSON',
    });
    expect(await servedNames()).toEqual(['sales_v1', 'sale_days_v1']);
    expect(await runRebuild(context, REBUILD, never)).toMatchObject({ phase: 'done' });
  });

  it('compares a newer version with what the program before it served', async () => {
    await rememberDefinitions(readStore, PROJECTIONS);
    const newer = documents({
      ...SALES,
      version: 2,
      collection: { fields: { account: 'text', sum: 'integer', sales: 'integer' }, key: ['account'] },
      fold: (document, event, key) => ({
        ...SALES.fold(document, event, key),
        sum: event.stream === 'account-1' ? 0n : (SALES.fold(document, event, key)?.sum ?? null),
        sales: BigInt(Number(document?.sales ?? 0)) + 1n,
      }),
    });
    const record = await runRebuild(contextOf([newer]), REBUILD, never);
    expect(record.targets).toEqual([{ name: 'sales', version: 2, build: 1, live: null }]);
    expect(record.differences.map(({ key, field }) => [...key, field])).toEqual([['account-1', 'sum']]);
  });

  /** One whose n-th question for the head takes as long as the n-th of these promises. */
  function withSlowHead(
    slow: readonly (() => Promise<unknown>)[],
    timing: RebuildContext['timing'] = {},
  ): RebuildContext {
    let asked = 0;
    const head = async () => {
      const answer = await eventStore.head();
      await slow[asked++]?.();
      return answer;
    };
    const [subscribe, readStream] = [eventStore.subscribe.bind(eventStore), eventStore.readStream.bind(eventStore)];
    return { ...context, eventStore: { head, subscribe, readStream }, timing: { ...context.timing, ...timing } };
  }

  it('is recorded as done also where a sign of life was being made meanwhile', async () => {
    const done = new AbortController();
    const slow = withSlowHead([async () => undefined, () => sleep(10_000, done.signal)]);
    const onProgress: RebuildContext['onProgress'] = ({ phase }) => phase === 'done' && done.abort();
    expect(await runRebuild({ ...slow, onProgress }, REBUILD, never)).toMatchObject({ phase: 'done', differing: 0 });
    expect((await context.records.read()).record?.phase).toBe('done');
  });

  it('is recorded as abandoned also where a sign of life was being made meanwhile', async () => {
    const slow = withSlowHead([() => setTimeout(50), () => setTimeout(200)], { beat: 1 });
    const claimed = await claimRebuild(slow, REBUILD, never);
    await slow.records.change(() => ({ record: { ...newRecord(claimed), abandoning: true } }));
    expect(await runRebuild(slow, REBUILD, never, claimed)).toMatchObject({ phase: 'abandoned' });
    expect((await context.records.read()).record?.phase).toBe('abandoned');
  });

  it('leaves turns to others while it compares what a store reads at once', async () => {
    const documents = Array.from({ length: 20_000 }, (_, index) => ({ account: `account-${index}`, sum: 1n }));
    const readStore = {
      find: async (_: string, { after, limit = 0 }: FindOptions = {}) => {
        const from = after === undefined ? 0 : Number(String(after.at(-1)).slice('account-'.length)) + 1;
        return documents.slice(from, from + limit);
      },
      getMany: async (_: string, keys: readonly DocumentKey[]) =>
        keys.map(([account]) => ({ document: { account: account ?? null, sum: 1n }, position: 1n })),
      checkpoints: async () => [],
    };
    let turns = 0;
    const others = setInterval(() => {
      turns += 1;
    }, 1);
    const build = { collection: SALES.collection, checkpoint: 'sales.v1' };
    const options = { readStore, sleep, signal: never, onDifference: () => undefined };
    const { documents: counted } = await compareBuilds({ name: 'sales', live: build, made: build }, options);
    clearInterval(others);
    expect(counted).toEqual({ live: 20_000, made: 20_000 });
    expect(turns).toBeGreaterThan(10);
  });

  it('ends with the error by which what it compares with cannot be kept any more', async () => {
    eventStore.record(log.slice(300));
    let asked = 0;
    const discarded = async () => {
      asked += 1;
      // First for what is made, then for what serves, which nobody else keeps.
      if (asked === 2) throw new RangeError('no such decision');
      return new Map();
    };
    await expect(runRebuild({ ...context, discarded }, REBUILD, never)).rejects.toThrow('no such decision');
    expect((await context.catalog.read()).rebuild?.owner).toBeNull();
  });

  it('is lost to another process that has ended it meanwhile, and does not say otherwise', async () => {
    const slow: RebuildContext = { ...context, timing: { ...context.timing, grace: 60_000 } };
    const running = runRebuild(slow, REBUILD, never);
    const ended = running.catch((error: unknown) => error);
    while ((await context.records.read()).record?.phase !== 'following') await setTimeout(5);
    await context.catalog.change((state) => ({ ...state, rebuild: null }));
    await context.records.change(({ record }) => ({ record: record && { ...record, phase: 'done' } }));
    expect(await ended).toMatchObject({ name: 'RebuildLost' });
    expect((await context.records.read()).record?.phase).toBe('done');
  });

  it('writes over nothing once it has ended, however long a sign of life takes', async () => {
    const later = new AbortController();
    const slow = withSlowHead([async () => undefined, () => sleep(10_000, later.signal)]);
    const ended = runRebuild(slow, REBUILD, never);
    const recorded = async () => (await context.records.read()).record;
    while ((await recorded())?.phase !== 'done') await setTimeout(5);
    const done = await recorded();
    await context.records.change(() => ({ record: done && { ...done, id: 'the next one' } }));
    later.abort();
    await ended;
    expect((await recorded())?.id).toBe('the next one');
  });

  it('is known to have ended also where the process was killed before it was recorded', async () => {
    const killedAt = (last: RebuildPhase): RebuildContext => {
      const { records } = context;
      const change: typeof records.change = (step) =>
        records.change((state) => {
          const next = step(state);
          if (next?.record?.phase === last) throw new Error('killed');
          return next;
        });
      const read: typeof records.read = () => records.read();
      return { ...context, records: { change, read } };
    };
    await expect(runRebuild(killedAt('done'), REBUILD, never)).rejects.toThrow('killed');
    expect((await context.records.read()).record?.phase).toBe('following');
    expect(await latestRecord(context)).toMatchObject({ phase: 'done', remark: null });
    const { phase } = await runRebuild(context, { ...REBUILD, switch: 'never' }, never);
    expect((await latestRecord(context))?.phase).toBe(phase);
    await expect(abandonRebuild(killedAt('abandoned'), never)).rejects.toThrow('killed');
    expect(await latestRecord(context)).toMatchObject({ phase: 'abandoned', remark: GIVEN_UP });
    expect((await context.records.read()).record?.phase).toBe('compared');
  });

  it('drops what served before where that is asked for', async () => {
    await runRebuild(context, { ...REBUILD, dropOld: true }, never);
    expect((await readStore.checkpoints()).map(({ projection }) => projection)).toEqual([
      'sale-days.v1.b2',
      'sales.v1.b2',
    ]);
    await expect(runRebuild(context, { kind: 'rollback', names: [] }, never)).rejects.toMatchObject({
      code: 'nothing-to-roll-back',
    });
  });

  it('lets a question that has begun read where it began', async () => {
    const models = await served();
    const before = await models.begin();
    const count = () => models.store.count('sales_v1');
    await runRebuild(contextOf([MISTAKEN, DAYS]), { ...REBUILD, switch: 'always' }, never);
    await setTimeout(300);
    const after = await models.begin();
    const items = async function* () {
      yield await count();
      yield await count();
    };
    // Side by side, and in a stream that whoever asks for it draws from elsewhere.
    expect(await Promise.all([before, after].map((reading) => models.within(reading, count)))).toEqual([9, 8]);
    const streamed: number[] = [];
    for await (const each of models.eachWithin(after, items())) streamed.push(each);
    expect(streamed).toEqual([8, 8]);
    expect(await count()).toBe(9);
    before.end();
    expect(await count()).toBe(8);
    after.end();
    expect(await count()).toBe(8);
  });

  it('is not turned to before it is as far as what served', async () => {
    const models = await served();
    await models.newest();
    await runRebuild(context, REBUILD, never);
    eventStore.record(log.slice(300));
    // Another process still keeps what served before, and is quicker.
    await readStore.write({
      documents: [],
      checkpoints: PROJECTIONS.map(({ name }) => ({ projection: `${name}.v1`, position: 4000n })),
    });
    await setTimeout(300);
    expect((await models.newest()).projections).toEqual(PROJECTIONS);
    await catchUp();
    await setTimeout(300);
    expect((await models.newest()).projections.map(({ build }) => build)).toEqual([2, 2]);
  });
});

describe('a document that several processes change', () => {
  it('loses no change', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rebuild-state-'));
    const stores = await Promise.all([1, 2, 3].map(() => SqliteReadStore.open({ file: join(folder, 'read.db') })));
    let names = 0;
    const counters = stores.map(
      (readStore) => new StateDocument('counter', { count: 0 }, { readStore, newId: () => `name-${++names}` }),
    );
    const changes = Array.from({ length: 60 }, (_, index) =>
      counters[index % 3]?.change(({ count }) => ({ count: count + 1 })),
    );
    await Promise.all(changes);
    expect(await counters[0]?.read()).toEqual({ count: 60 });
    for (const store of stores) await store.close();
    rmSync(folder, { recursive: true });
  });
});
