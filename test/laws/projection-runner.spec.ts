import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Document,
  documents,
  EventTypeRegistry,
  type Projection,
  ProjectionRunner,
  runningTotals,
  UnknownEventType,
} from '#event-sourcing';
import { InMemoryEventStore, type OpenedReadStore, recordedHistory } from '#event-sourcing-testing';
import { deliveryOf, fact, RecordingReadStore, RunnerInTest } from './runner-in-test.js';
import { newSqliteReadStore } from './sqlite-read-stores.js';

const SOLD = 'sold.v1';

/** Counts a stream's sales. */
const counts = documents({
  name: 'counts',
  version: 1,
  collection: { fields: { account: 'text', sales: 'integer' }, key: ['account'] },
  events: [SOLD],
  keys: ({ stream }) => [[stream]],
  fold(document, _, [account = '']) {
    return { account, sales: BigInt(Number(document?.sales ?? 0)) + 1n };
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

const sales = (streams: readonly string[], data: object = {}) => streams.map((stream) => fact(stream, SOLD, data));
const repeat = (count: number, ...streams: string[]) => Array.from({ length: count }, () => streams).flat();

let opened: OpenedReadStore;
let readStore: RecordingReadStore;
let running: RunnerInTest[];

beforeEach(async () => {
  opened = await newSqliteReadStore();
  readStore = new RecordingReadStore(opened.store);
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

const salesOf = async (projection: Projection = counts): Promise<Document[]> =>
  readStore.find(projection.collection.name);

describe('writing', () => {
  it('writes a document once, however often it changed while the end was far', async () => {
    const history = recordedHistory(sales(repeat(100, 'a', 'b')));
    const eventStore = new InMemoryEventStore(history);
    const each = start({ eventStore, readStore, batchSize: 10, coalesce: { events: 150 } }, [counts, totals]);
    await each.caughtUp(2_000n);
    expect(readStore.batches.map((batch) => batch.documents.length)).toEqual([4, 4]);
    expect(readStore.batches.map((batch) => batch.checkpoints)).toEqual(
      [1_500n, 2_000n].map((position) => [
        { projection: 'counts.v1', position },
        { projection: 'totals.v1', position },
      ]),
    );
    expect(await salesOf()).toEqual([
      { account: 'a', sales: 100n },
      { account: 'b', sales: 100n },
    ]);
  });

  it('writes at once what comes when the end was reached, with the checkpoint', async () => {
    const eventStore = new InMemoryEventStore();
    const each = start({ eventStore, readStore }, [counts]);
    await each.caughtUp(0n);
    const history = recordedHistory(sales(['a', 'a', 'b']));
    for (const [index, event] of history.entries()) {
      eventStore.record([event]);
      await each.caughtUp(event.position);
      expect(readStore.batches).toHaveLength(index + 1);
      expect(await readStore.checkpoints()).toEqual([{ projection: 'counts.v1', position: event.position }]);
    }
  });

  it('stores the position of an event that changes no document', async () => {
    const history = recordedHistory([...sales(['a']), fact('a', 'other.v1')]);
    const each = start({ eventStore: new InMemoryEventStore(history), readStore }, [counts], history);
    await each.caughtUp(20n);
    expect(await readStore.checkpoints()).toEqual([{ projection: 'counts.v1', position: 20n }]);
  });

  it('writes after a second where batches come slowly', async () => {
    const [first, second] = recordedHistory(sales(['a', 'a']));
    let each: RunnerInTest | undefined;
    const eventStore = deliveryOf([
      { batch: { events: [first!], position: 10n, caughtUp: false } },
      {
        batch: { events: [second!], position: 20n, caughtUp: false },
        before: () => {
          expect(readStore.batches).toEqual([]);
          each!.now += 1_000;
        },
      },
    ]);
    each = start({ eventStore, readStore }, [counts]);
    await each.until(() => readStore.batches.length > 0);
    expect(readStore.batches).toHaveLength(1);
    expect(await salesOf()).toEqual([{ account: 'a', sales: 2n }]);
  });

  it('stores no more than twice a second that the position moved past what is not the ledger’s', async () => {
    let each: RunnerInTest | undefined;
    const eventStore = deliveryOf(
      Array.from({ length: 30 }, (_, n) => ({
        batch: { events: [], position: BigInt(n + 1), caughtUp: true },
        before: () => {
          each!.now += 100;
        },
      })),
    );
    each = start({ eventStore, readStore }, [counts]);
    await each.until((runner) => runner.status().position === 30n);
    expect(readStore.batches.map(({ checkpoints }) => checkpoints[0]?.position)).toEqual([5n, 10n, 15n, 20n, 25n, 30n]);
  });

  it('writes last what says which events are known', async () => {
    const revisions = documents({ ...counts, name: 'revisions', writtenLast: true });
    // Many documents that change once, which are otherwise written as soon as they are many.
    const many = recordedHistory(Array.from({ length: 25_000 }, (_, n) => fact(`account-${n}`, SOLD)));
    const eventStore = new InMemoryEventStore(many);
    await start({ eventStore, readStore }, [revisions, counts]).caughtUp(many.at(-1)?.position ?? 0n);
    const reached = new Map([['revisions.v1', 0n]]);
    const orders = readStore.batches.map((batch) => {
      for (const { projection, position } of batch.checkpoints) reached.set(projection, position);
      expect(reached.get('revisions.v1')).toBeLessThanOrEqual(reached.get('counts.v1') ?? 0n);
      return [...new Set(batch.documents.map(({ collection }) => collection))];
    });
    expect(orders.length).toBeGreaterThan(1);
    expect(orders.filter((order) => order.includes('revisions_v1'))).toEqual([['counts_v1', 'revisions_v1']]);
  });

  it('writes what has changed when it is told to end', async () => {
    const [first] = recordedHistory(sales(['a']));
    let taken = false;
    const eventStore = deliveryOf([
      { batch: { events: [first!], position: 10n, caughtUp: false } },
      {
        batch: { events: [], position: 10n, caughtUp: false },
        before: () => {
          taken = true;
        },
      },
    ]);
    const each = start({ eventStore, readStore }, [counts]);
    await each.until(() => taken);
    expect(readStore.batches).toEqual([]);
    expect(await each.stop()).toBeUndefined();
    expect(await salesOf()).toEqual([{ account: 'a', sales: 1n }]);
  });
});

describe('projections', () => {
  it('each go on from their own checkpoint, and a new version begins with the first event', async () => {
    const history = recordedHistory(sales(repeat(5, 'a')));
    const eventStore = new InMemoryEventStore(history.slice(0, 3));
    await readStore.prepare([counts.collection]);
    await start({ eventStore, readStore }, [counts]).caughtUp(30n);
    await running[0]!.stop();
    eventStore.record(history.slice(3));
    const folded: bigint[] = [];
    const watched = {
      ...counts,
      fold: (...[document, event, key]: Parameters<typeof counts.fold>) => {
        folded.push(event.position);
        return counts.fold(document, event, key);
      },
    };
    const { kind: _, ...raised } = { ...counts, version: 2 };
    await start({ eventStore, readStore }, [watched, documents(raised)]).caughtUp(50n);
    expect(folded).toEqual([40n, 50n]);
    expect(await salesOf()).toEqual([{ account: 'a', sales: 5n }]);
    expect(await readStore.find('counts_v2')).toEqual([{ account: 'a', sales: 5n }]);
    expect(running[1]!.runner.status()).toEqual({
      position: 50n,
      caughtUp: true,
      projections: [
        { name: 'counts', version: 1, position: 50n, quarantined: 0 },
        { name: 'counts', version: 2, position: 50n, quarantined: 0 },
      ],
    });
  });

  it('get each event in its newest version, which is made once', async () => {
    let upcasts = 0;
    const upcast = (data: object) => {
      upcasts += 1;
      return { ...data, amount: '7' };
    };
    const upcasters = [{ from: 'sale-made.v1', to: SOLD, upcast }];
    const registry = new EventTypeRegistry([{ types: [SOLD], upcasters }]);
    const history = recordedHistory([fact('a', 'sale-made.v1'), ...sales(['a'])]);
    const each = start({ eventStore: new InMemoryEventStore(history), readStore, registry }, [counts, totals]);
    await each.caughtUp(20n);
    expect(upcasts).toBe(1);
    expect(await salesOf(totals)).toEqual([{ account: 'a', day: 0n, amount: 8n }]);
  });

  it('change a document once for an event that names it twice', async () => {
    const twice = { ...counts, keys: () => [['a'], ['a'], ['b']] };
    const each = start({ eventStore: new InMemoryEventStore(recordedHistory(sales(['x']))), readStore }, [twice]);
    await each.caughtUp(10n);
    expect((await salesOf()).map((document) => document.sales)).toEqual([1n, 1n]);
  });

  it('are refused when two have one name, or one takes what nobody registers', () => {
    const options = { eventStore: new InMemoryEventStore(), readStore, now: () => '', sleep: async () => undefined };
    const registry = new EventTypeRegistry([{ types: [SOLD] }]);
    expect(() => new ProjectionRunner({ ...options, registry, projections: [counts, counts] })).toThrow(
      'there are two projections counts.v1',
    );
    const stray = { ...counts, events: ['bought.v1'] };
    expect(() => new ProjectionRunner({ ...options, registry, projections: [stray] })).toThrow(
      'counts.v1 takes "bought.v1", which no capability registers',
    );
  });
});

describe('an event that nobody knows', () => {
  it('ends the run, with everything before it written', async () => {
    const history = recordedHistory([...sales(['a', 'b']), fact('a', 'unheard-of.v1'), ...sales(['a'])]);
    const eventStore = new InMemoryEventStore(history);
    const each = start({ eventStore, readStore }, [counts]);
    const error = await each.ended;
    expect(error).toBeInstanceOf(UnknownEventType);
    expect(String(error)).toContain('unheard-of.v1');
    expect((await salesOf()).map((document) => document.sales)).toEqual([1n, 1n]);
    expect(await readStore.checkpoints()).toEqual([{ projection: 'counts.v1', position: 20n }]);
    // It stands there still.
    expect(await start({ eventStore, readStore }, [counts]).ended).toBeInstanceOf(UnknownEventType);
    expect(await readStore.checkpoints()).toEqual([{ projection: 'counts.v1', position: 20n }]);
  });
});
