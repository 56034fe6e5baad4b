import { expect, it } from '@jest/globals';
import type { EventStore, JsonObject } from '#event-sourcing';
import { appended, currentEnd, idsOf, toArray } from './event-store-observations.js';
import { sampleEvent, sampleEvents, sampleMetadata, uniqueStream } from './sample-events.js';

const LONG = 'Straße ✓ '.repeat(11_000);
/** Data whose text must come back as it was, keys in their order. */
const TEXTS: Readonly<Record<string, JsonObject>> = {
  'an empty object': {},
  'letters beyond ASCII and beyond 16 bits': { name: 'Zoë Łukasz 東京 😀 \u0000 \u2028 "\\' },
  'half of a pair of surrogates': { name: 'x\ud83dy' },
  'a long text': { text: LONG },
  'nested values': { a: [[], {}, [{ b: [null, true, false, ''] }]], z: { y: { x: { w: 'deep' } } } },
  numbers: { large: 9007199254740991, small: 1e-7, negative: -0.5, zero: 0 },
  'keys out of order, and odd ones': { z: 1, a: 2, '': 3, é: 4, $id: 5, 'a b': 6 },
};

export function readConformance(store: () => EventStore, timeout: number): void {
  it.each(Object.entries(TEXTS))('gives %s back to the letter', async (_, data) => {
    const stream = uniqueStream();
    const event = {
      ...sampleEvent(data),
      metadata: sampleMetadata({ actor: String(data.name ?? 'Zoë'), requestHash: 'ab' }),
    };
    await appended(store(), stream, 'no-stream', [event]);
    const [read] = await toArray(store().readStream(stream));
    expect(read).toEqual({ ...event, stream, revision: 0, position: read?.position });
    expect(JSON.stringify(read?.data)).toBe(JSON.stringify(event.data));
    expect(JSON.stringify(read?.metadata)).toBe(JSON.stringify(event.metadata));
  });

  it('gives nothing for a stream that is not there', async () => {
    for (const direction of ['forwards', 'backwards'] as const) {
      expect(await toArray(store().readStream(uniqueStream(), { direction }))).toEqual([]);
    }
  });

  it('reads a stream both ways, from any revision, to any limit', async () => {
    const stream = uniqueStream();
    await appended(store(), stream, 'no-stream', sampleEvents(7));
    const revisions = async (options: Parameters<EventStore['readStream']>[1]) =>
      (await toArray(store().readStream(stream, options))).map(({ revision }) => revision);
    expect(await revisions({})).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(await revisions({ from: 3 })).toEqual([3, 4, 5, 6]);
    expect(await revisions({ limit: 2 })).toEqual([0, 1]);
    expect(await revisions({ from: 5, limit: 10 })).toEqual([5, 6]);
    expect(await revisions({ from: 7 })).toEqual([]);
    expect(await revisions({ direction: 'backwards' })).toEqual([6, 5, 4, 3, 2, 1, 0]);
    expect(await revisions({ direction: 'backwards', from: 3 })).toEqual([3, 2, 1, 0]);
    expect(await revisions({ direction: 'backwards', limit: 1 })).toEqual([6]);
    expect(await revisions({ direction: 'backwards', from: 4, limit: 2 })).toEqual([4, 3]);
    expect(await revisions({ direction: 'backwards', from: 50, limit: 2 })).toEqual([6, 5]);
  });

  it(
    'reads a stream of some thousand events whole, both ways',
    async () => {
      const stream = uniqueStream();
      const events = sampleEvents(2_500);
      await appended(store(), stream, 'no-stream', events.slice(0, 1_000));
      await appended(store(), stream, 999, events.slice(1_000, 2_000));
      await appended(store(), stream, 1_999, events.slice(2_000));
      expect(idsOf(await toArray(store().readStream(stream)))).toEqual(idsOf(events));
      const backwards = await toArray(store().readStream(stream, { direction: 'backwards' }));
      expect(idsOf(backwards)).toEqual(idsOf(events).reverse());
    },
    timeout,
  );

  it('lets a reader stop before the end', async () => {
    const stream = uniqueStream();
    await appended(store(), stream, 'no-stream', sampleEvents(5));
    for await (const event of store().readStream(stream)) {
      if (event.revision === 2) break;
    }
    await expect(store().ping()).resolves.toBeUndefined();
  });

  it('reads the log in one order, whichever way, as its streams have it', async () => {
    const end = await currentEnd(store());
    const [a, b] = [uniqueStream(), uniqueStream()];
    await appended(store(), a, 'no-stream', sampleEvents(2));
    await appended(store(), b, 'no-stream', sampleEvents(3));
    await appended(store(), a, 1, sampleEvents(1));
    const log = await toArray(store().readAll({ from: end }));
    expect(log.map(({ stream, revision }) => [stream, revision])).toEqual([
      [a, 0],
      [a, 1],
      [b, 0],
      [b, 1],
      [b, 2],
      [a, 2],
    ]);
    for (const [n, event] of log.entries()) {
      expect(event.position).toBeGreaterThan(log[n - 1]?.position ?? end);
    }
    expect(log.filter(({ stream }) => stream === a)).toEqual(await toArray(store().readStream(a)));
    expect(await toArray(store().readAll({ direction: 'backwards', limit: 6 }))).toEqual([...log].reverse());

    const third = log[2]!.position;
    expect(await toArray(store().readAll({ from: third }))).toEqual(log.slice(3));
    expect(await toArray(store().readAll({ from: third, limit: 2 }))).toEqual(log.slice(3, 5));
    expect(await toArray(store().readAll({ direction: 'backwards', from: third, limit: 2 }))).toEqual([log[2], log[1]]);
    expect(await toArray(store().readAll({ from: log[5]!.position }))).toEqual([]);
  });

  it('reads the log from its start', async () => {
    await appended(store(), uniqueStream(), 'no-stream', sampleEvents(3));
    const [first, second, third] = await toArray(store().readAll({ limit: 3 }));
    const upToThird = await toArray(store().readAll({ direction: 'backwards', from: third!.position }));
    expect(upToThird).toEqual([third, second, first]);
  });
}
