import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { documents, type RecordedEvent, runningTotals, StoreUnavailable } from '#event-sourcing';
import {
  type CallPlan,
  FailingReadStore,
  InMemoryEventStore,
  type OpenedReadStore,
  recordedHistory,
} from '#event-sourcing-testing';
import { fact, RunnerInTest } from './runner-in-test.js';
import { newSqliteReadStore } from './sqlite-read-stores.js';

const SOLD = 'sold.v1';

const counts = documents({
  name: 'counts',
  version: 1,
  collection: { fields: { account: 'text', sales: 'integer' }, key: ['account'] },
  events: [SOLD],
  keys: ({ stream }) => [[stream]],
  fold(document, { stream, data }) {
    if (data.bad === true) throw new RangeError('no such sale');
    // Not what the collection holds: only the store finds out.
    if (data.odd === true) return { account: stream, sales: 'many' };
    return { account: stream, sales: BigInt(Number(document?.sales ?? 0)) + 1n };
  },
});

/** One document over all streams, so that one stream's events can hide that another's was not taken. */
const overall = documents({
  name: 'overall',
  version: 1,
  collection: { fields: { id: 'text', sales: 'integer' }, key: ['id'] },
  events: [SOLD],
  keys: () => [['all']],
  fold(document, { data }) {
    if (data.bad === true) throw new RangeError('no such sale');
    return { id: 'all', sales: BigInt(Number(document?.sales ?? 0)) + 1n };
  },
});

const totals = runningTotals({
  name: 'totals',
  version: 1,
  events: [SOLD],
  subject: 'account',
  totals: ['amount'],
  subjectOf: ({ stream }) => stream,
  postings: ({ data }) => [{ day: 0, amounts: { amount: BigInt(String(data.amount ?? '1')) } }],
});

let opened: OpenedReadStore;
let running: RunnerInTest[];

beforeEach(async () => {
  opened = await newSqliteReadStore();
  running = [];
});
afterEach(async () => {
  for (const each of running) await each.stop();
  await opened.close();
});

function start(...parameters: ConstructorParameters<typeof RunnerInTest>): RunnerInTest {
  const started = new RunnerInTest(...parameters);
  running.push(started);
  return started;
}

const sold = (stream: string, data: object = {}) => fact(stream, SOLD, data);
const rows = (name: string) => opened.store.find(name);
const end = (history: readonly RecordedEvent[]) => history.at(-1)!.position;
const refused: CallPlan = { fault: { kind: 'refused', seed: 0, kills: false } };

describe('an event that a projection cannot take', () => {
  const history = recordedHistory([sold('a'), sold('b'), sold('a', { bad: true }), sold('a'), sold('b')]);

  it('stops its stream for that projection, and nothing else', async () => {
    const each = start({ eventStore: new InMemoryEventStore(history), readStore: opened.store }, [counts, totals]);
    await each.caughtUp(end(history));
    expect(await rows('counts_v1')).toEqual([
      { account: 'a', sales: 1n },
      { account: 'b', sales: 2n },
    ]);
    expect(await rows('totals_v1')).toEqual([
      { account: 'a', day: 0n, amount: 3n },
      { account: 'b', day: 0n, amount: 2n },
    ]);
    const pointer = {
      projection: 'counts.v1',
      stream: 'a',
      revision: 1,
      position: 30n,
      eventId: history[2]!.id,
      type: SOLD,
      error: 'RangeError: no such sale',
      at: '2026-01-01T00:00:00.000Z',
    };
    expect(await opened.store.quarantined()).toEqual([pointer]);
    expect(each.quarantined).toEqual([pointer]);
    expect(each.runner.status().projections.map(({ quarantined }) => quarantined)).toEqual([1, 0]);
  });

  it('keeps its stream back after a restart too, without a second pointer', async () => {
    const eventStore = new InMemoryEventStore(history.slice(0, 4));
    await start({ eventStore, readStore: opened.store }, [counts]).caughtUp(40n);
    await running[0]!.stop();
    eventStore.record(history.slice(4));
    const again = start({ eventStore, readStore: opened.store }, [counts]);
    await again.caughtUp(50n);
    expect((await rows('counts_v1')).map(({ sales }) => sales)).toEqual([1n, 2n]);
    expect(again.runner.status().projections[0]?.quarantined).toBe(1);
    expect(again.quarantined).toEqual([]);
  });

  describe('and that is decided to be skipped', () => {
    const eventId = history[2]?.id ?? '';
    let decided: Set<string>;
    const discarded = async () => new Map([['counts', new Set(decided)]]);

    beforeEach(async () => {
      decided = new Set();
      const first = start({ eventStore: new InMemoryEventStore(history), readStore: opened.store }, [counts]);
      await first.caughtUp(end(history));
      await first.stop();
    });

    async function expectToGoOn(readStore: FailingReadStore): Promise<void> {
      const eventStore = new InMemoryEventStore(history);
      await start({ eventStore, readStore, discarded }, [counts]).caughtUp(end(history));
      expect(await opened.store.quarantined()).toEqual([]);
      expect((await rows('counts_v1')).map(({ sales }) => sales)).toEqual([2n, 2n]);
    }

    it('lets its stream go on also where the decision comes while the runner starts', async () => {
      class DecidedMeanwhile extends FailingReadStore {
        override async quarantined() {
          decided.add(eventId);
          await opened.store.requestRedrive('counts.v1', 'a', '2026-01-02T00:00:00.000Z');
          return super.quarantined();
        }
      }
      await expectToGoOn(new DecidedMeanwhile(opened.store, {}));
    });
  });

  it('is known where the batch with its pointer was cut off behind the documents', async () => {
    const mixed = recordedHistory([sold('a'), sold('a', { bad: true }), sold('b'), sold('a'), sold('b')]);
    // All of the documents are stored, then the store is gone.
    const writes: CallPlan[] = [{}, {}, { fault: { kind: 'torn', seed: 4, kills: false } }];
    const readStore = new FailingReadStore(opened.store, { writes });
    const eventStore = new InMemoryEventStore(mixed.slice(0, 1));
    const each = start({ eventStore, readStore }, [overall]);
    await each.caughtUp(10n);
    eventStore.record(mixed.slice(1, 3));
    await each.caughtUp(30n);
    expect(each.delays).toHaveLength(1);
    eventStore.record(mixed.slice(3));
    await each.caughtUp(50n);
    expect(await rows('overall_v1')).toEqual([{ id: 'all', sales: 3n }]);
    expect((await opened.store.quarantined()).map(({ stream, revision }) => [stream, revision])).toEqual([['a', 1]]);
  });

  it('is told of beside one that the store finds out', async () => {
    const both = recordedHistory([sold('a', { bad: true }), sold('b', { odd: true }), sold('c')]);
    const each = start({ eventStore: new InMemoryEventStore(both), readStore: opened.store }, [counts]);
    await each.caughtUp(end(both));
    expect(each.quarantined.map(({ stream, revision }) => [stream, revision]).sort()).toEqual([
      ['a', 0],
      ['b', 0],
    ]);
    expect(await rows('counts_v1')).toEqual([{ account: 'c', sales: 1n }]);
  });

  it('is told of, once, where its pointer is stored and what is written next is not', async () => {
    const readStore = new FailingReadStore(opened.store, { writes: [{}, refused] });
    const each = start({ eventStore: new InMemoryEventStore(history), readStore }, [counts]);
    await each.caughtUp(end(history));
    expect(each.delays).toEqual([100]);
    expect(each.quarantined.map(({ stream, revision }) => [stream, revision])).toEqual([['a', 1]]);
    expect(await rows('counts_v1')).toEqual([
      { account: 'a', sales: 1n },
      { account: 'b', sales: 2n },
    ]);
  });

  it.each([
    ['a document that does not fit its collection', counts, { odd: true }],
    ['a total beyond 64 bits', totals, { amount: String(2n ** 63n - 1n) }],
  ])('is one that makes %s: only its stream stops', async (_, projection, data) => {
    const odd = recordedHistory([sold('a'), sold('b'), sold('a', data), sold('b'), sold('a')]);
    const each = start({ eventStore: new InMemoryEventStore(odd), readStore: opened.store }, [projection]);
    await each.caughtUp(end(odd));
    expect(each.quarantined.map(({ stream, revision }) => [stream, revision])).toEqual([['a', 1]]);
    const [a, b] = await rows(projection.collection.name);
    expect([a?.sales ?? a?.amount, b?.sales ?? b?.amount]).toEqual([1n, 2n]);
    expect(each.delays).toEqual([]);
  });
});

describe('a store that cannot be reached', () => {
  const history = recordedHistory([sold('a'), sold('a'), sold('a')]);

  it('is tried again after ever longer delays, up to ten seconds, and at once quicker when it is back', async () => {
    const readStore = new FailingReadStore(opened.store, { writes: [...Array(9).fill(refused), {}, refused] });
    const eventStore = new InMemoryEventStore(history.slice(0, 2));
    const each = start({ eventStore, readStore }, [counts]);
    await each.caughtUp(20n);
    expect(each.delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
    eventStore.record(history.slice(2));
    await each.caughtUp(30n);
    expect(each.delays.slice(9)).toEqual([100]);
    expect(await rows('counts_v1')).toEqual([{ account: 'a', sales: 3n }]);
  });

  it('may be the log', async () => {
    const log = new InMemoryEventStore(history);
    let attempts = 0;
    const eventStore = {
      readStream: log.readStream.bind(log),
      async *subscribe(options: Parameters<typeof log.subscribe>[0]) {
        for await (const batch of log.subscribe(options)) {
          yield batch;
          attempts += 1;
          if (attempts < 4) throw new StoreUnavailable('The connection was lost.');
        }
      },
    };
    const seen: string[] = [];
    const onRetry = (error: StoreUnavailable) => seen.push(error.message);
    const each = start({ eventStore, readStore: opened.store, batchSize: 1, onRetry }, [counts]);
    await each.caughtUp(30n);
    expect(seen).toEqual(Array(3).fill('The connection was lost.'));
    expect(await rows('counts_v1')).toEqual([{ account: 'a', sales: 3n }]);
  });

  it('does not keep the runner from ending', async () => {
    const readStore = new FailingReadStore(opened.store, { reads: Array(1_000_000).fill(refused) });
    const each = start({ eventStore: new InMemoryEventStore(history), readStore }, [counts]);
    await each.until(() => each.delays.length > 3);
    expect(each.runner.status().caughtUp).toBe(false);
    expect(await each.stop()).toBeUndefined();
  });

  it('is another matter than a store that fails', async () => {
    const readStore = new FailingReadStore(opened.store, {
      writes: [{ fault: { kind: 'refused', seed: 0, kills: true } }],
    });
    const each = start({ eventStore: new InMemoryEventStore(history), readStore }, [counts]);
    expect(String(await each.ended)).toBe('Killed: by plan');
  });
});
