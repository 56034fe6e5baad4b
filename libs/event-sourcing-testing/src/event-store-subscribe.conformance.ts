import { setTimeout } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import type { EventStore } from '#event-sourcing';
import { appended, currentEnd, expectOrderly, follow, idsOf, toArray } from './event-store-observations.js';
import { sampleEvents, uniqueStream } from './sample-events.js';

export function subscribeConformance(store: () => EventStore, timeout: number): void {
  it(
    'delivers the log from its start',
    async () => {
      const stream = uniqueStream();
      const { position } = await appended(store(), stream, 'no-stream', sampleEvents(3));
      const { batches, events } = await follow(store(), {}, (batches) => batches.at(-1)!.position >= position);
      expect(events).toEqual(await toArray(store().readAll()));
      expectOrderly(batches, undefined);
    },
    timeout,
  );

  it(
    'delivers what comes after a position, first what is there and then what is appended',
    async () => {
      const stream = uniqueStream();
      const [before, there, live] = [sampleEvents(2), sampleEvents(3), sampleEvents(4)];
      const { position: after } = await appended(store(), stream, 'no-stream', before);
      await appended(store(), stream, 1, there);
      let revision = 4;
      const { batches, events } = await follow(store(), { after }, async ({ length }, { length: delivered }) => {
        if (delivered === 7) return true;
        const next = live[revision - 4];
        if (length >= 1 && delivered === revision - 1 && next !== undefined) {
          await appended(store(), stream, revision, [next]);
          revision += 1;
        }
        return false;
      });
      expect(idsOf(events)).toEqual(idsOf([...there, ...live]));
      expect(events).toEqual(await toArray(store().readStream(stream, { from: 2 })));
      expectOrderly(batches, after);
    },
    timeout,
  );

  it(
    'tells when the end is reached, also when nothing is there to deliver',
    async () => {
      const { position: after } = await appended(store(), uniqueStream(), 'no-stream', sampleEvents(1));
      const atEnd = await follow(store(), { after }, (batches) => batches.at(-1)!.caughtUp);
      expect(atEnd.events).toEqual([]);
      expect(atEnd.batches.at(-1)!.position).toBeGreaterThanOrEqual(after);

      const { position } = await appended(store(), uniqueStream(), 'no-stream', sampleEvents(25));
      const behind = await follow(store(), { after, batchSize: 10 }, (batches) => batches.at(-1)!.caughtUp);
      expect(behind.events.length).toBe(25);
      expect(behind.batches.at(-1)!.position).toBeGreaterThanOrEqual(position);
      for (const { position: covered, caughtUp } of behind.batches) {
        if (covered < position) expect(caughtUp).toBe(false);
      }
    },
    timeout,
  );

  it(
    'keeps to the size of a batch',
    async () => {
      const after = await currentEnd(store());
      const events = sampleEvents(25);
      const { position } = await appended(store(), uniqueStream(), 'no-stream', events);
      const all = await follow(store(), { after, batchSize: 4 }, (batches) => batches.at(-1)!.position >= position);
      expect(Math.max(...all.batches.map((batch) => batch.events.length))).toBeLessThanOrEqual(4);
      expect(idsOf(all.events)).toEqual(idsOf(events));
      expectOrderly(all.batches, after);
    },
    timeout,
  );

  it(
    'misses and doubles nothing while many append at once',
    async () => {
      const after = await currentEnd(store());
      const [streams, appends, size] = [12, 15, 2];
      const total = streams * appends * size;
      const writer = async () => {
        const stream = uniqueStream();
        for (let n = 0; n < appends; n += 1) {
          await appended(store(), stream, n === 0 ? 'no-stream' : n * size - 1, sampleEvents(size));
        }
      };
      const [fast, small] = await Promise.all([
        follow(store(), { after }, (_, { length }) => length >= total),
        follow(store(), { after, batchSize: 7 }, (_, { length }) => length >= total),
        ...Array.from({ length: streams }, writer),
      ]);
      const log = await toArray(store().readAll({ from: after }));
      expect(log.length).toBe(total);
      for (const { events, batches } of [fast!, small!]) {
        expect(idsOf(events)).toEqual(idsOf(log));
        expectOrderly(batches, after);
      }
    },
    timeout,
  );

  it(
    'waits for a slow consumer',
    async () => {
      const after = await currentEnd(store());
      const stream = uniqueStream();
      const writing = (async () => {
        for (let n = 0; n < 20; n += 1) {
          await appended(store(), stream, n === 0 ? 'no-stream' : n - 1, sampleEvents(1));
        }
      })();
      const following = follow(store(), { after, batchSize: 3 }, async (_, { length }) => {
        await setTimeout(10);
        return length >= 20;
      });
      // Together: an append that fails says why, where the subscription would wait for it until the limit.
      const [{ events, batches }] = await Promise.all([following, writing]);
      expect(events).toEqual(await toArray(store().readStream(stream)));
      expectOrderly(batches, after);
    },
    timeout,
  );

  it(
    'can be resumed after the position of any batch',
    async () => {
      const after = await currentEnd(store());
      const events = sampleEvents(10);
      await appended(store(), uniqueStream(), 'no-stream', events);
      let position = after;
      const ids: string[] = [];
      while (ids.length < 10) {
        const part = await follow(store(), { after: position, batchSize: 3 }, () => true);
        ids.push(...idsOf(part.events));
        position = part.batches.at(-1)!.position;
      }
      expect(ids).toEqual(idsOf(events));
    },
    timeout,
  );

  it(
    'ends without an error when it is told to, whether it waits or not',
    async () => {
      const after = await currentEnd(store());
      const stopped = AbortSignal.abort();
      expect(await toArray(store().subscribe({ after, signal: stopped }))).toEqual([]);

      const stop = new AbortController();
      const iterator = store().subscribe({ after, signal: stop.signal })[Symbol.asyncIterator]();
      let batch = await iterator.next();
      while (!batch.done && !batch.value.caughtUp) batch = await iterator.next();
      const waiting = iterator.next();
      await setTimeout(20);
      stop.abort();
      // A store may tell once more that it is at the end before it ends.
      let last = await waiting;
      while (!last.done) {
        expect(last.value.events).toEqual([]);
        last = await iterator.next();
      }
      expect(last).toEqual({ done: true, value: undefined });
    },
    timeout,
  );
}
