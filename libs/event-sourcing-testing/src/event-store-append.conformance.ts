import { expect, it } from '@jest/globals';
import type { EventStore } from '#event-sourcing';
import { appended, currentEnd, idsOf, toArray } from './event-store-observations.js';
import { sampleEvent, sampleEvents, uniqueStream } from './sample-events.js';

const CONFLICT = { outcome: 'conflict' };

export function appendConformance(store: () => EventStore, timeout: number): void {
  const idsIn = async (stream: string) => idsOf(await toArray(store().readStream(stream)));

  it('makes a new stream', async () => {
    const stream = uniqueStream();
    const [event] = sampleEvents(1);
    const result = await appended(store(), stream, 'no-stream', [event!]);
    expect(await toArray(store().readStream(stream))).toEqual([
      { ...event, stream, revision: 0, position: result.position },
    ]);
    expect(result.revision).toBe(0);
  });

  it('appends to a stream at the revision it has', async () => {
    const stream = uniqueStream();
    const events = sampleEvents(4);
    await appended(store(), stream, 'no-stream', events.slice(0, 2));
    const second = await appended(store(), stream, 1, events.slice(2, 3));
    const third = await appended(store(), stream, 2, events.slice(3));
    expect([second.revision, third.revision]).toEqual([2, 3]);
    expect(third.position).toBeGreaterThan(second.position);
    expect(await idsIn(stream)).toEqual(idsOf(events));
  });

  it('stores several events as one, with contiguous revisions', async () => {
    const stream = uniqueStream();
    const events = sampleEvents(50);
    const result = await appended(store(), stream, 'no-stream', events);
    const read = await toArray(store().readStream(stream));
    expect(idsOf(read)).toEqual(idsOf(events));
    expect(read.map(({ revision }) => revision)).toEqual(events.map((_, revision) => revision));
    expect(result).toEqual({ outcome: 'appended', revision: 49, position: read.at(-1)?.position });
    if (store().positionsFollow === true) {
      const [first] = read;
      expect(read.map(({ position }) => position)).toEqual(read.map((_, n) => (first?.position ?? 0n) + BigInt(n)));
    }
  });

  it('conflicts at any other revision, and stores nothing', async () => {
    const stream = uniqueStream();
    expect(await store().append(stream, 0, sampleEvents(1))).toEqual(CONFLICT);
    expect(await idsIn(stream)).toEqual([]);
    const events = sampleEvents(3);
    await appended(store(), stream, 'no-stream', events);
    for (const expected of ['no-stream', 0, 1, 3, 100] as const) {
      expect(await store().append(stream, expected, sampleEvents(2))).toEqual(CONFLICT);
    }
    expect(await idsIn(stream)).toEqual(idsOf(events));
  });

  it('lets exactly one of two racing appends win', async () => {
    const stream = uniqueStream();
    await appended(store(), stream, 'no-stream', sampleEvents(1));
    for (let revision = 0; revision < 10; revision += 1) {
      const racers = [sampleEvents(1), sampleEvents(1)];
      const results = await Promise.all(racers.map((events) => store().append(stream, revision, events)));
      expect(results.map(({ outcome }) => outcome).sort()).toEqual(['appended', 'conflict']);
      const winner = racers[results.findIndex(({ outcome }) => outcome === 'appended')];
      expect((await idsIn(stream)).slice(revision + 1)).toEqual(idsOf(winner!));
    }
  });

  it('takes what is in flight together, each on its own', async () => {
    const taken = uniqueStream();
    await appended(store(), taken, 'no-stream', sampleEvents(1));
    const streams = Array.from({ length: 40 }, (_, n) => (n % 4 === 0 ? taken : uniqueStream()));
    const results = await Promise.all(
      streams.map((stream) =>
        store()
          .append(stream, 'no-stream', sampleEvents(2))
          .then(({ outcome }) => outcome),
      ),
    );
    expect(results).toEqual(streams.map((stream) => (stream === taken ? 'conflict' : 'appended')));
  });

  it(
    'gives positions in the order in which appends were answered',
    async () => {
      const positions: bigint[] = [];
      for (let n = 0; n < 10; n += 1) {
        positions.push((await appended(store(), uniqueStream(), 'no-stream', sampleEvents(2))).position);
      }
      expect(positions).toEqual([...positions].sort((a, b) => (a < b ? -1 : 1)));
      expect(new Set(positions).size).toBe(10);
    },
    timeout,
  );

  it('answers a repeated append as the first time, and stores nothing', async () => {
    const stream = uniqueStream();
    const [first, second, later] = [sampleEvents(2), sampleEvents(3), sampleEvents(2)];
    const results = [
      await appended(store(), stream, 'no-stream', first),
      await appended(store(), stream, 1, second),
      await appended(store(), stream, 4, later),
    ];
    const end = await currentEnd(store());
    expect(await store().append(stream, 'no-stream', first)).toEqual(results[0]);
    expect(await store().append(stream, 1, second)).toEqual(results[1]);
    expect(await store().append(stream, 4, later)).toEqual(results[2]);
    expect(await idsIn(stream)).toEqual(idsOf([...first, ...second, ...later]));
    expect(await toArray(store().readAll({ from: end }))).toEqual([]);
  });

  it('answers racing repeats of one append alike, and stores it once', async () => {
    const stream = uniqueStream();
    const events = sampleEvents(2);
    const results = await Promise.all(Array.from({ length: 5 }, () => store().append(stream, 'no-stream', events)));
    expect(new Set(results.map((result) => result.outcome === 'appended' && result.position)).size).toBe(1);
    expect(results[0]).toMatchObject({ outcome: 'appended', revision: 1 });
    expect(await idsIn(stream)).toEqual(idsOf(events));
  });

  it('takes the first events of a stored append, and several stored appends together, as repeats', async () => {
    const stream = uniqueStream();
    const events = sampleEvents(5);
    await appended(store(), stream, 'no-stream', events.slice(0, 3));
    await appended(store(), stream, 2, events.slice(3));
    expect(await store().append(stream, 'no-stream', events.slice(0, 2))).toMatchObject({
      outcome: 'appended',
      revision: 1,
    });
    expect(await store().append(stream, 0, events.slice(1))).toMatchObject({ outcome: 'appended', revision: 4 });
    expect(await idsIn(stream)).toEqual(idsOf(events));
  });

  it('conflicts when only some of the ids are stored there, and stores nothing', async () => {
    const stream = uniqueStream();
    const [a, b, c] = sampleEvents(3);
    await appended(store(), stream, 'no-stream', [a!, b!, c!]);
    const attempts = [
      [a!, sampleEvent()],
      [sampleEvent(), b!, c!],
      [b!, a!, c!],
      [a!, b!, c!, sampleEvent()],
    ];
    for (const attempt of attempts) expect(await store().append(stream, 'no-stream', attempt)).toEqual(CONFLICT);
    expect(await store().append(stream, 0, [c!])).toEqual(CONFLICT);
    expect(await idsIn(stream)).toEqual(idsOf([a!, b!, c!]));
  });

  it('takes ids of one stream for no repeat in another', async () => {
    const [stream, other] = [uniqueStream(), uniqueStream()];
    await appended(store(), other, 'no-stream', sampleEvents(1));
    const events = sampleEvents(1);
    await appended(store(), stream, 'no-stream', events);
    expect(await store().append(other, 'no-stream', events)).toEqual(CONFLICT);
  });
}
