import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  AppendOutcomeUnknown,
  type AppendResult,
  type EventStore,
  type EventToAppend,
  type ExpectedRevision,
  StoreUnavailable,
  UnreadableEvent,
} from '#event-sourcing';
import { sampleEvents, uniqueStream } from '#event-sourcing-testing';
import { EventStoreDbEventStore } from '#event-store-eventstoredb';
import { EventStoreDbStandIn } from '#test/eventstoredb-stand-in/event-store-db-stand-in';

const file = join(tmpdir(), `event-store-${randomUUID()}.log`);
let standIn: EventStoreDbStandIn;
let store: EventStoreDbEventStore;

const open = (changed: Partial<Parameters<typeof EventStoreDbEventStore.open>[0]> = {}) =>
  EventStoreDbEventStore.open({ url: standIn.url, appendDeadlineMs: 20_000, readDeadlineMs: 30_000, ...changed });

beforeEach(async () => {
  standIn = await EventStoreDbStandIn.start({ file });
  store = await open();
});

afterEach(async () => {
  await store.close();
  await standIn.kill();
  rmSync(file, { force: true });
});

async function idsIn(stream: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of store.readStream(stream)) ids.push(id);
  return ids;
}

const idsOf = (events: readonly EventToAppend[]) => events.map(({ id }) => id);

/** Appends as a command's execution does: an unknown outcome is settled by repeating. */
async function settled(
  to: EventStore,
  stream: string,
  expected: ExpectedRevision,
  events: readonly EventToAppend[],
): Promise<{ result: AppendResult; attempts: number }> {
  for (let attempts = 1; ; attempts++) {
    try {
      return { result: await to.append(stream, expected, events), attempts };
    } catch (error) {
      if (!(error instanceof AppendOutcomeUnknown) || attempts === 50) throw error;
    }
  }
}

describe('an append whose connection is cut', () => {
  it.each(['before-append', 'after-append'] as const)(
    '%s has an unknown outcome; a repeat settles it',
    async (when) => {
      const stream = uniqueStream();
      const [first, second] = [sampleEvents(2), sampleEvents(2)];
      await store.append(stream, 'no-stream', first);
      standIn.dropConnections({ when, next: 1 });
      await expect(store.append(stream, 1, second)).rejects.toThrow(AppendOutcomeUnknown);
      expect(await idsIn(stream)).toEqual(idsOf(when === 'before-append' ? first : [...first, ...second]));
      expect(await store.append(stream, 1, second)).toMatchObject({ outcome: 'appended', revision: 3 });
      expect(await idsIn(stream)).toEqual(idsOf([...first, ...second]));
    },
  );

  it('conflicts on the repeat when it was not stored and somebody else went on', async () => {
    const stream = uniqueStream();
    await store.append(stream, 'no-stream', sampleEvents(1));
    standIn.dropConnections({ when: 'before-append', next: 1 });
    const lost = sampleEvents(1);
    await expect(store.append(stream, 0, lost)).rejects.toThrow(AppendOutcomeUnknown);
    await store.append(stream, 0, sampleEvents(1));
    expect(await store.append(stream, 0, lost)).toEqual({ outcome: 'conflict' });
  });

  it('is known as stored on the repeat when it was, though somebody else went on', async () => {
    const stream = uniqueStream();
    standIn.dropConnections({ when: 'after-append', next: 1 });
    const lost = sampleEvents(2);
    await expect(store.append(stream, 'no-stream', lost)).rejects.toThrow(AppendOutcomeUnknown);
    await store.append(stream, 1, sampleEvents(1));
    expect(await store.append(stream, 'no-stream', lost)).toMatchObject({ outcome: 'appended', revision: 1 });
    expect(await idsIn(stream)).toHaveLength(3);
  });

  it('is stored exactly once among 64 writers, however often', async () => {
    standIn.dropConnections({ when: 'before-append', share: 0.01 });
    standIn.dropConnections({ when: 'after-append', share: 0.02 });
    const streams = Array.from({ length: 64 }, uniqueStream);
    const written = await Promise.all(
      streams.map(async (stream) => {
        const events = sampleEvents(4);
        let attempts = 0;
        for (const [n, event] of events.entries()) {
          const settling = await settled(store, stream, n === 0 ? 'no-stream' : n - 1, [event]);
          expect(settling.result).toMatchObject({ outcome: 'appended', revision: n });
          attempts += settling.attempts;
        }
        return { events, attempts };
      }),
    );
    standIn.keepConnections();
    expect(written.reduce((sum, { attempts }) => sum + attempts, 0)).toBeGreaterThan(64 * 4);
    for (const [n, stream] of streams.entries()) expect(await idsIn(stream)).toEqual(idsOf(written[n]!.events));
  }, 60_000);
});

describe('a node that dies', () => {
  it('rejects what is under way and nothing else, and keeps what it answered', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      const streams = Array.from({ length: 64 }, uniqueStream);
      const large = streams.map(() =>
        sampleEvents(50).map((event) => ({ ...event, data: { text: 'x'.repeat(8_000) } })),
      );
      const appends = streams.map((stream, n) => store.append(stream, 'no-stream', large[n]!));
      const outcomes = Promise.allSettled(appends);
      await Promise.race(appends);
      await standIn.kill();
      const fates = await outcomes;
      const failed = fates.flatMap((fate) => (fate.status === 'rejected' ? [fate.reason] : []));
      expect(failed.length).toBeGreaterThan(0);
      for (const reason of failed) expect(reason).toBeInstanceOf(AppendOutcomeUnknown);

      await standIn.restart();
      for (const [n, stream] of streams.entries()) {
        if (fates[n]!.status === 'fulfilled') expect(await idsIn(stream)).toEqual(idsOf(large[n]!));
        expect((await settled(store, stream, 'no-stream', large[n]!)).result).toMatchObject({ revision: 49 });
        expect(await idsIn(stream)).toHaveLength(50);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  }, 60_000);

  it('fails subscriptions and reads; the next call finds it again', async () => {
    await store.append(uniqueStream(), 'no-stream', sampleEvents(1));
    const batches = store.subscribe({ signal: new AbortController().signal });
    expect((await batches.next()).done).toBe(false);
    const following = (async () => {
      for await (const _ of batches);
    })();
    await Promise.all([expect(following).rejects.toThrow(StoreUnavailable), standIn.kill()]);
    await expect(store.ping()).rejects.toThrow(StoreUnavailable);
    await expect(store.head()).rejects.toThrow(StoreUnavailable);
    await expect(idsIn('account-1')).rejects.toThrow(StoreUnavailable);
    await expect(store.append('account-1', 'no-stream', sampleEvents(1))).rejects.toThrow(AppendOutcomeUnknown);
    await standIn.restart();
    await expect(store.ping()).resolves.toBeUndefined();
  });

  it('forgets nothing but what it was writing', async () => {
    const stream = uniqueStream();
    const events = sampleEvents(3);
    await store.append(stream, 'no-stream', events.slice(0, 1));
    await store.append(stream, 0, events.slice(1));
    await standIn.kill();
    truncateSync(file, readFileSync(file).lastIndexOf(events[2]!.id));
    await standIn.restart();
    await store.ping().catch(() => undefined);
    expect(await idsIn(stream)).toEqual(idsOf(events.slice(0, 1)));
    expect(await store.append(stream, 0, events.slice(1))).toMatchObject({ revision: 2 });
  });
});

describe('a node that does not answer', () => {
  it('makes appends unknown and reads fail within their deadlines', async () => {
    const impatient = await open({ appendDeadlineMs: 200, readDeadlineMs: 200 });
    const [stream, events] = [uniqueStream(), sampleEvents(1)];
    await impatient.ping();
    standIn.freeze();
    await expect(impatient.append(stream, 'no-stream', events)).rejects.toThrow(AppendOutcomeUnknown);
    await expect(impatient.head()).rejects.toThrow('no answer within 200 ms');
    const batches = impatient.subscribe({ signal: new AbortController().signal });
    await expect(batches.next()).rejects.toThrow(StoreUnavailable);
    standIn.thaw();
    expect((await settled(impatient, stream, 'no-stream', events)).result).toMatchObject({ revision: 0 });
    expect(await idsIn(stream)).toEqual(idsOf(events));
    await impatient.close();
  });
});

describe('a subscription', () => {
  it('moves on past other people’s events, and misses nothing after any of its positions', async () => {
    const events = sampleEvents(60);
    const stream = uniqueStream();
    const others = await open({ streamPrefix: 'somebody-' });
    for (const [n, event] of events.entries()) {
      await store.append(stream, n === 0 ? 'no-stream' : n - 1, [event]);
      // Now none, now many: some runs of them are longer than the server's checkpoint interval.
      if (n % 20 === 10) await others.append(uniqueStream(), 'no-stream', sampleEvents(1_300));
    }
    await others.append(uniqueStream(), 'no-stream', sampleEvents(1_300));
    await others.close();
    const full = await batchesUntilCaughtUp(undefined);
    expect(idsOf(full.flatMap((batch) => batch.events))).toEqual(idsOf(events));
    expect(full.at(-1)!.position).toBeGreaterThan((await store.head())!);
    for (const { position } of full) {
      const rest = (await batchesUntilCaughtUp(position)).flatMap((batch) => batch.events);
      const delivered = full.flatMap((batch) => batch.events).filter((event) => event.position <= position);
      expect(idsOf([...delivered, ...rest])).toEqual(idsOf(events));
    }
  }, 60_000);

  async function batchesUntilCaughtUp(after: bigint | undefined) {
    const stop = new AbortController();
    const batches = [];
    const options = { batchSize: 1, signal: stop.signal, ...(after === undefined ? {} : { after }) };
    for await (const batch of store.subscribe(options)) {
      batches.push(batch);
      if (batch.caughtUp) stop.abort();
    }
    return batches;
  }

  it('tells of a ledger that has no events that the end was reached', async () => {
    expect(await batchesUntilCaughtUp(undefined)).toMatchObject([{ events: [], caughtUp: true }]);
    expect(await store.head()).toBeUndefined();
  });
});

describe('something in a stream of the ledger that no ledger has written', () => {
  it.each([
    ['no metadata', { type: 'thing.v1', data: { n: 1 } }, 'its metadata is no JSON'],
    ['a list as its data', { type: 'thing.v1', data: [1] as never, metadata: {} }, 'its data is no JSON object'],
  ])('with %s is told in its place; what is before and after it can be read', async (_, event, complaint) => {
    const [before, after] = [sampleEvents(1), sampleEvents(1)];
    await store.append('account-1', 'no-stream', before);
    const client = EventStoreDBClient.connectionString(standIn.url);
    await client.appendToStream('keyledger-account-1', jsonEvent(event));
    await client.dispose();
    const newest = await store.head();
    await store.append('account-1', 1, after);
    const ids: string[] = [];
    let unreadable: UnreadableEvent | undefined;
    try {
      for await (const { id } of store.readAll()) ids.push(id);
    } catch (error) {
      if (error instanceof UnreadableEvent) unreadable = error;
    }
    expect(unreadable).toMatchObject({ stream: 'account-1', revision: 1, position: newest, complaint });
    for await (const { id } of store.readAll({ from: unreadable!.position })) ids.push(id);
    expect(ids).toEqual(idsOf([...before, ...after]));
    await expect(idsIn('account-1')).rejects.toThrow(UnreadableEvent);
    const following = store.subscribe({ signal: new AbortController().signal });
    await expect(following.next()).rejects.toThrow(UnreadableEvent);
    const tail = store.subscribe({ after: unreadable!.position, signal: new AbortController().signal });
    expect((await tail.next()).value).toMatchObject({ events: [{ id: after[0]?.id }] });
    await tail.return(undefined);
  });
});

describe('a shared server', () => {
  it('shows a ledger nothing of another', async () => {
    const other = await open({ streamPrefix: 'second-' });
    const events = sampleEvents(2);
    await store.append('account-1', 'no-stream', events);
    expect(await other.append('account-1', 'no-stream', sampleEvents(1))).toMatchObject({ outcome: 'appended' });
    const seen: string[] = [];
    for await (const event of store.readAll()) seen.push(`${event.stream} ${event.id}`);
    expect(seen).toEqual(idsOf(events).map((id) => `account-1 ${id}`));
    await other.close();
  });

  it('is read backwards from places where the ledger has no event', async () => {
    const first = await store.append('account-1', 'no-stream', sampleEvents(1));
    const others = await open({ streamPrefix: 'second-' });
    const other = await others.append('account-1', 'no-stream', sampleEvents(1));
    const second = await store.append('account-1', 0, sampleEvents(1));
    if (first.outcome === 'conflict' || other.outcome === 'conflict' || second.outcome === 'conflict')
      throw new Error();
    const revisions = async (from: bigint) => {
      const found: number[] = [];
      for await (const { revision } of store.readAll({ direction: 'backwards', from })) found.push(revision);
      return found;
    };
    expect(await revisions(second.position)).toEqual([1, 0]);
    expect(await revisions(second.position * 1_000n)).toEqual([1, 0]);
    expect(await revisions(other.position)).toEqual([0]);
    expect(await revisions(first.position)).toEqual([0]);
    await others.close();
  });
});

describe('the connection', () => {
  it.each(['kurrentdb', 'kurrent', 'esdb'])('takes a connection string that begins with %s', async (scheme) => {
    const other = await open({ url: standIn.url.replace('esdb', scheme) });
    await expect(other.ping()).resolves.toBeUndefined();
    await other.close();
  });

  it('refuses a connection string that it cannot understand, and a prefix that would show everything', async () => {
    await expect(open({ url: 'http://127.0.0.1:2113' })).rejects.toThrow();
    await expect(open({ streamPrefix: '' })).rejects.toThrow(RangeError);
    const cluster = await open({ url: standIn.url.replace('esdb:', 'kurrentdb+discover:') });
    await cluster.close();
  });

  it('refuses appends of nothing and of more than the server takes, and goes on', async () => {
    await expect(store.append('account-1', 'no-stream', [])).rejects.toThrow(RangeError);
    const large = sampleEvents(4).map((event) => ({ ...event, data: { text: 'x'.repeat(700_000) } }));
    await expect(store.append('account-1', 'no-stream', large)).rejects.toThrow(RangeError);
    expect(await store.append('account-1', 'no-stream', sampleEvents(1))).toMatchObject({ revision: 0 });
  });

  it('tells whoever still reads, and whoever comes later, that it was closed', async () => {
    await store.append('account-1', 'no-stream', sampleEvents(3));
    const reading = store.readStream('account-1');
    await reading.next();
    const following = store.subscribe({ signal: new AbortController().signal });
    await following.next();
    const waiting = following.next().then(() => following.next());
    await Promise.all([expect(waiting).rejects.toThrow(StoreUnavailable), store.close()]);
    await expect(store.append('account-1', 2, sampleEvents(1))).rejects.toThrow(StoreUnavailable);
    await expect(store.ping()).rejects.toThrow(StoreUnavailable);
  });
});
