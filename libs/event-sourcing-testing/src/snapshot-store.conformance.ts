import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SnapshotLost, type SnapshotSegment, type SnapshotStore, type StoredSnapshot } from '#event-sourcing';

/** A snapshot store for the suite, which may hold anything else already. */
export interface SnapshotStoreUnderTest {
  readonly store: SnapshotStore;
  /** Another connection to the same data, as another process has one; the suite closes it. */
  another(): Promise<SnapshotStore>;
  /** Closes the store and opens it again on the same data. */
  reopen(): Promise<SnapshotStore>;
  /** How many pages the store holds of a stream, whether a head names them or not. */
  storedPages(stream: string): Promise<number>;
  close(): Promise<void>;
}

const SLOW = 60_000;
const PAGE_BYTES = 16_384;

function segment(pages: number, fill = 1, pageBytes = PAGE_BYTES): SnapshotSegment {
  const id = randomUUID();
  return { id, pages, held: true, page: (number) => new Uint8Array(pageBytes).fill((fill + number) % 256) };
}

function contentOf(snapshot: StoredSnapshot | undefined) {
  return snapshot && { head: snapshot.head, segments: snapshot.segments.map(pagesOf) };
}

function pagesOf({ id, pages, page }: SnapshotSegment) {
  return { id, pages: Array.from({ length: pages }, (_, number) => Buffer.from(page(number)).toString('base64')) };
}

/** Registers the cases that every {@link SnapshotStore} passes. The streams it stores begin with `conf-`. */
export function snapshotStoreConformance(name: string, open: () => Promise<SnapshotStoreUnderTest>): void {
  describe(`${name} as a snapshot store`, () => {
    let underTest: SnapshotStoreUnderTest;
    let store: SnapshotStore;
    const newStream = () => `conf-${randomUUID()}`;

    beforeAll(async () => {
      underTest = await open();
      store = underTest.store;
    }, SLOW);
    afterAll(async () => {
      await underTest.close();
    }, SLOW);

    it('has none of a stream that was never saved', async () => {
      expect(await store.load(newStream())).toBeUndefined();
    });

    it('gives back what was saved last, byte for byte, to every connection', async () => {
      const stream = newStream();
      const first = { head: 'Łódź 😀 {"$gt":""}', segments: [segment(3), segment(1, 250)] };
      const saved = await store.save(stream, first);
      expect(saved.map(pagesOf)).toEqual(first.segments.map(pagesOf));
      expect(contentOf(await store.load(stream))).toEqual(contentOf(first));
      const second = { head: 'second', segments: [...first.segments, segment(1, 7)] };
      await store.save(stream, second);
      const other = await underTest.another();
      expect(contentOf(await other.load(stream))).toEqual(contentOf(second));
      await other.close();
    });

    it('takes a head without segments, and streams with odd names as plain texts', async () => {
      for (const suffix of ['$gt', 'a.b', '', '\'"\\;--', 'é/..']) {
        const stream = `${newStream()}${suffix}`;
        await store.save(stream, { head: suffix, segments: [] });
        expect(contentOf(await store.load(stream))).toEqual({ head: suffix, segments: [] });
      }
    });

    it(
      'takes a snapshot of many megabytes',
      async () => {
        const stream = newStream();
        const large = { head: 'large', segments: [segment(1_200), segment(3, 9)] };
        await store.save(stream, large);
        const loaded = await store.load(stream);
        expect(loaded?.segments.map(({ id, pages }) => [id, pages])).toEqual(
          large.segments.map(({ id, pages }) => [id, pages]),
        );
        expect(Buffer.from(loaded!.segments[0]!.page(1_100)).equals(large.segments[0]!.page(1_100))).toBe(true);
      },
      SLOW,
    );

    it('asks only for pages that it does not hold, and removes those that are not named any more', async () => {
      const stream = newStream();
      const other = newStream();
      const [kept, dropped] = [segment(2), segment(4)];
      await store.save(other, { head: 'other', segments: [segment(1)] });
      await store.save(stream, { head: 'first', segments: [kept, dropped] });
      const unread: SnapshotSegment = {
        ...kept,
        page() {
          throw new Error('asked for a page that is stored');
        },
      };
      await store.save(stream, { head: 'second', segments: [unread, segment(1)] });
      expect(await underTest.storedPages(stream)).toBe(3);
      expect(await underTest.storedPages(other)).toBe(1);
    });

    it('keeps the snapshot before when one cannot be saved', async () => {
      const stream = newStream();
      const good = { head: 'good', segments: [segment(2)] };
      await store.save(stream, good);
      const broken: SnapshotSegment = {
        ...segment(3),
        page(number) {
          if (number === 2) throw new SnapshotLost('gone');
          return new Uint8Array(10);
        },
      };
      await expect(store.save(stream, { head: 'bad', segments: [...good.segments, broken] })).rejects.toThrow(
        SnapshotLost,
      );
      expect(contentOf(await store.load(stream))).toEqual(contentOf(good));
    });

    it('gives what it has, or tells that it is lost, once another process has saved its own', async () => {
      const stream = newStream();
      const mine = { head: 'mine', segments: [segment(2)] };
      await store.save(stream, mine);
      const loaded = await store.load(stream);
      const other = await underTest.another();
      await other.save(stream, { head: 'theirs', segments: [segment(1)] });
      await other.close();
      try {
        expect(contentOf(loaded)).toEqual(contentOf(mine));
      } catch (error) {
        expect(error).toBeInstanceOf(SnapshotLost);
      }
      expect((await store.load(stream))?.head).toBe('theirs');
    });

    it(
      'is whole whatever two processes save at once',
      async () => {
        const stream = newStream();
        const other = await underTest.another();
        await store.save(stream, { head: 'before', segments: [segment(200)] });
        const attempts = Array.from({ length: 20 }, (_, index) => ({
          head: `${index}`,
          segments: [segment(2, index), segment(1, index)],
        }));
        const saved = await Promise.allSettled(
          attempts.map((each, index) => [store, other][index % 2]!.save(stream, each)),
        );
        for (const outcome of saved) {
          if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(SnapshotLost);
        }
        const winner = await store.load(stream);
        expect(contentOf(winner)).toEqual(contentOf(attempts.find(({ head }) => head === winner?.head)));
        const last = { head: 'last', segments: [segment(2)] };
        await store.save(stream, last);
        expect(contentOf(await other.load(stream))).toEqual(contentOf(last));
        await other.close();
      },
      SLOW,
    );

    it(
      'keeps everything when it is closed and opened again',
      async () => {
        const stream = newStream();
        const snapshot = { head: 'kept', segments: [segment(2)] };
        await store.save(stream, snapshot);
        store = await underTest.reopen();
        expect(contentOf(await store.load(stream))).toEqual(contentOf(snapshot));
      },
      SLOW,
    );
  });
}
