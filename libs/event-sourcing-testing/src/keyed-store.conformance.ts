import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KeyedStore } from '#event-sourcing';

/** A keyed store for the suite, which may hold anything else already. */
export interface KeyedStoreUnderTest {
  readonly store: KeyedStore;
  /** Another connection to the same data, as another process has one; the suite closes it. */
  another(): Promise<KeyedStore>;
  /** Closes the store and opens it again on the same data. */
  reopen(): Promise<KeyedStore>;
  close(): Promise<void>;
}

const SLOW = 60_000;

/** Registers the cases that every {@link KeyedStore} passes. The kinds it stores begin with `conf-`. */
export function keyedStoreConformance(name: string, open: () => Promise<KeyedStoreUnderTest>): void {
  describe(`${name} as a keyed store`, () => {
    let underTest: KeyedStoreUnderTest;
    let store: KeyedStore;
    let kinds = 0;
    const run = randomUUID().slice(0, 8);
    const newKind = () => `conf-${run}-${++kinds}`;

    beforeAll(async () => {
      underTest = await open();
      store = underTest.store;
    }, SLOW);
    afterAll(async () => {
      await underTest.close();
    }, SLOW);

    it('stores a value once and gives the one that is there', async () => {
      const kind = newKind();
      expect(await store.get(kind, 'a')).toBeUndefined();
      expect(await store.putIfAbsent(kind, 'a', 'first')).toBe('first');
      expect(await store.putIfAbsent(kind, 'a', 'second')).toBe('first');
      expect(await store.get(kind, 'a')).toBe('first');
    });

    it.each([
      ['$gt', '$set'],
      ['a.b', '{"$gt":""}'],
      ['', ''],
      ['Łódź 😀', '😀'.repeat(1_000)],
      [`'"\\;--`, '\'"\\;--\n'],
    ])('takes the id %j as a plain text', async (id, value) => {
      const kind = newKind();
      expect(await store.putIfAbsent(kind, id, value)).toBe(value);
      expect(await store.get(kind, id)).toBe(value);
      expect(await store.list(kind)).toEqual([{ id, value }]);
      expect(await store.remove(kind, id)).toBe(true);
    });

    it('keeps kinds and ids apart that look alike', async () => {
      const kind = newKind();
      const entries: [string, string][] = [
        [kind, 'a'],
        [kind, 'A'],
        [`${kind}a`, ''],
        [`${kind}","a`, ''],
        [kind, '","a'],
      ];
      for (const [each, id] of entries) await store.putIfAbsent(each, id, `${each}/${id}`);
      for (const [each, id] of entries) expect(await store.get(each, id)).toBe(`${each}/${id}`);
    });

    it('lists the entries of a kind by id', async () => {
      const kind = newKind();
      const other = newKind();
      for (const id of ['b', 'a10', 'B', 'é', 'a2']) await store.putIfAbsent(kind, id, `value of ${id}`);
      await store.putIfAbsent(other, 'a', 'other');
      const ids = ['B', 'a10', 'a2', 'b', 'é'];
      expect(await store.list(kind)).toEqual(ids.map((id) => ({ id, value: `value of ${id}` })));
      expect(await store.list(newKind())).toEqual([]);
    });

    it('names the kinds that have entries', async () => {
      const [first, second] = [`${newKind()}-b`, `${newKind()}-B`];
      const ours = async () => (await store.kinds()).filter((kind) => kind === first || kind === second);
      expect(await ours()).toEqual([]);
      for (const kind of [first, second]) for (const id of ['1', '2']) await store.putIfAbsent(kind, id, 'value');
      expect(await ours()).toEqual([first, second]);
      for (const id of ['1', '2']) await store.remove(first, id);
      expect(await ours()).toEqual([second]);
    });

    it('removes an entry for good', async () => {
      const kind = newKind();
      await store.putIfAbsent(kind, 'a', 'first');
      await store.putIfAbsent(kind, 'b', 'stays');
      expect(await store.remove(kind, 'a')).toBe(true);
      expect(await store.remove(kind, 'a')).toBe(false);
      expect(await store.get(kind, 'a')).toBeUndefined();
      expect(await store.list(kind)).toEqual([{ id: 'b', value: 'stays' }]);
      expect(await store.putIfAbsent(kind, 'a', 'second')).toBe('second');
    });

    it(
      'lets one of many at once win, over two connections',
      async () => {
        const kind = newKind();
        const other = await underTest.another();
        try {
          const stored = await Promise.all(
            Array.from({ length: 40 }, (_, index) =>
              [store, other][index % 2]?.putIfAbsent(kind, 'a', `value ${index}`),
            ),
          );
          expect(new Set(stored).size).toBe(1);
          expect(await other.get(kind, 'a')).toBe(stored[0]);
          expect(await other.remove(kind, 'a')).toBe(true);
          expect(await store.get(kind, 'a')).toBeUndefined();
        } finally {
          await other.close();
        }
      },
      SLOW,
    );

    it(
      'keeps everything when it is closed and opened again',
      async () => {
        const kind = newKind();
        await store.putIfAbsent(kind, 'a', 'kept');
        store = await underTest.reopen();
        expect(await store.get(kind, 'a')).toBe('kept');
      },
      SLOW,
    );
  });
}
