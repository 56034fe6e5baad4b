import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type {
  CollectionDefinition,
  Document,
  DocumentKey,
  DocumentWrite,
  QuarantinedStream,
  ReadStore,
  WriteBatch,
} from '#event-sourcing';
import { describeProjectorStore } from './projector-store.conformance.js';
import { describeQueries } from './read-store-queries.conformance.js';

/** A read store for the suite, which may hold anything else already. */
export interface ReadStoreUnderTest {
  readonly store: ReadStore;
  /** Closes the store and opens it again on the same data. */
  reopen(): Promise<ReadStore>;
  /** Opens it once more on the same data, as another process would; who asked for it closes it. */
  openAnother(): Promise<ReadStore>;
  /** Only for stores with transactions: makes the store itself refuse documents whose field `text` is `refused`. */
  refuseText?(collection: string): Promise<void>;
  close(): Promise<void>;
}

export interface ReadStoreConformanceOptions {
  /** Whether a batch is written wholly or not at all; `refuseText` must be there then. */
  readonly transactional: boolean;
  /** False for a stand-in that takes values for expressions when they begin with `$` and it groups by several fields. */
  readonly groupsDollars?: boolean;
}

/** Every name that the suite stores begins with this, so that a shared server can be tidied afterwards. */
export const CONFORMANCE_PREFIX = 'conf';

/** The collections of a suite, each of a name of its own. */
export type NewCollection = (definition?: Partial<Omit<CollectionDefinition, 'name'>>) => Promise<CollectionDefinition>;

const FIELDS = {
  id: 'text',
  number: 'integer',
  text: 'text',
  amount: 'integer',
  ratio: 'number',
  flag: 'boolean',
  extra: 'json',
} as const;

const NOTHING: Document = { text: null, amount: null, ratio: null, flag: null, extra: null };
const LARGE_BATCH = 5_000;
const SLOW = 240_000;

/** Registers the cases that every {@link ReadStore} passes. */
export function readStoreConformance(
  name: string,
  open: () => Promise<ReadStoreUnderTest>,
  { transactional, groupsDollars = true }: ReadStoreConformanceOptions,
): void {
  describe(`${name} as a read store`, () => {
    const run = randomUUID().slice(0, 8);
    let underTest: ReadStoreUnderTest;
    let store: ReadStore;
    let names = 0;

    beforeAll(async () => {
      underTest = await open();
      store = underTest.store;
    }, SLOW);
    afterAll(async () => {
      await underTest.close();
    }, SLOW);

    const uniqueName = () => `${CONFORMANCE_PREFIX}_${run}_${++names}`;
    const newCollection: NewCollection = async (definition) => {
      const collection = { name: uniqueName(), fields: FIELDS, key: ['id', 'number'], ...definition };
      await store.prepare([collection]);
      return collection;
    };
    const writeDocuments = (documents: DocumentWrite[]) => store.write({ documents, checkpoints: [] });
    const put = ({ name }: CollectionDefinition, key: DocumentKey, position: bigint, document: Document | null) =>
      writeDocuments([{ collection: name, key, position, document }]);
    const get = async ({ name }: CollectionDefinition, key: DocumentKey) => (await store.getMany(name, [key]))[0];

    describe('prepare', () => {
      it('may be repeated, and leaves the documents alone', async () => {
        const collection = await newCollection({ indexes: [['text'], ['flag', 'amount']] });
        await put(collection, ['a', 1n], 1n, { text: 'kept' });
        await Promise.all([store.prepare([collection]), store.prepare([collection])]);
        expect(await store.count(collection.name)).toBe(1);
      });

      it.each([
        ['a name out of bounds', { name: `a${'b'.repeat(48)}` }],
        ['a name with a quote', { name: 'a"b' }],
        ['a field with a quote', { fields: { id: 'text', 'a"b': 'text' } }],
        ['a field with an operator', { fields: { id: 'text', $where: 'text' } }],
        ['fields that differ in case only', { fields: { id: 'text', ID: 'text' } }],
        ['no key', { key: [] }],
        ['a key that is not declared', { key: ['other'] }],
        ['a key that is a double', { fields: { id: 'number' } }],
        ['an index on json', { fields: { id: 'text', extra: 'json' }, indexes: [['extra']] }],
      ] as const)('refuses %s', async (_, wrong) => {
        const collection: CollectionDefinition = { name: uniqueName(), fields: { id: 'text' }, key: ['id'], ...wrong };
        await expect(store.prepare([collection])).rejects.toThrow(TypeError);
      });

      it('must come before anything else', async () => {
        const name = uniqueName();
        await expect(store.find(name)).rejects.toThrow(name);
        await expect(put({ name, fields: FIELDS, key: ['id'] }, ['a'], 1n, {})).rejects.toThrow(name);
      });
    });

    describe('drop', () => {
      it('takes collections away, with what is kept of their projections and of no other', async () => {
        const [gone, left] = [await newCollection({ indexes: [['text']] }), await newCollection()];
        for (const { name } of [gone, left]) {
          const quarantined: QuarantinedStream = {
            projection: `${name}.v1`,
            stream: 'account-a',
            revision: 1,
            position: 7n,
            eventId: randomUUID(),
            type: 'made.v1',
            error: 'no',
            at: '2026-01-01T00:00:00.000Z',
          };
          const documents = [{ collection: name, key: ['a', 1n], position: 7n, document: { text: 'x' } }];
          const checkpoints = [{ projection: `${name}.v1`, position: 8n }];
          await store.write({ documents, checkpoints, quarantined: [quarantined] });
        }
        for (let time = 0; time < 2; time++) await store.drop([gone.name], [`${gone.name}.v1`]);
        const known = async (name: string) => {
          const [checkpoints, quarantined] = [await store.checkpoints(), await store.quarantined()];
          return [...checkpoints, ...quarantined].filter(({ projection }) => projection === `${name}.v1`).length;
        };
        expect([await known(gone.name), await known(left.name)]).toEqual([0, 2]);
        expect(await store.count(left.name)).toBe(1);
        // Made again, with other fields too, it holds nothing, and takes what is older than what it held.
        await store.prepare([{ ...gone, fields: { ...FIELDS, more: 'text' } }]);
        expect(await store.count(gone.name)).toBe(0);
        await put(gone, ['a', 1n], 3n, { more: 'again' });
        expect(await store.count(gone.name)).toBe(1);
      });
    });

    describe('a document', () => {
      it.each<[string, Document]>([
        ['of all types', { text: 'Łódź 😀', amount: 12n, ratio: 0.1, flag: true, extra: { a: [1, { b: null }] } }],
        ['that leaves out everything', {}],
        ['with nulls', NOTHING],
        ['with empty values', { text: '', amount: 0n, ratio: 0, flag: false, extra: {} }],
        ['with the greatest integer', { amount: 9_223_372_036_854_775_807n }],
        ['with the least integer', { amount: -9_223_372_036_854_775_808n }],
        ['with integers that no double holds', { amount: 9_007_199_254_740_993n }],
        ['with doubles that need every digit', { ratio: 0.1 + 0.2, extra: [1 / 3, 5e-324, 1.7976931348623157e308] }],
        ['with a double that looks like an integer', { ratio: 3 }],
        [
          'with operators as values',
          { text: '$gt', extra: { $gt: '', $where: 'sleep(1000)', 'a.b': 1, $set: { a: 1 } } },
        ],
        ['with hostile keys inside json', { extra: JSON.parse('{"__proto__":{"a":1},"constructor":1,"":2}') }],
        ['with quotes and line breaks', { text: `'"\`;--\\\n\r\t%_*?`, extra: '\u0000\u2028"' }],
        ['with json that is no object', { extra: [[], '', 0, false, null] }],
      ])('%s comes back as it was written', async (_, document) => {
        const collection = await newCollection();
        await put(collection, ['k', -5n], 7n, document);
        const expected = { ...NOTHING, id: 'k', number: -5n, ...document };
        expect(await get(collection, ['k', -5n])).toEqual({ document: expected, position: 7n });
        expect(await store.find(collection.name)).toEqual([expected]);
      });

      it('keeps the order of keys in json', async () => {
        const collection = await newCollection();
        const extra = { z: 1, a: { y: 1, b: 2 }, m: [{ d: 1, c: 2 }] };
        await put(collection, ['k', 1n], 1n, { extra });
        const stored = await get(collection, ['k', 1n]);
        expect(JSON.stringify(stored?.document.extra)).toBe(JSON.stringify(extra));
      });

      it('holds a replacement for NUL, which not every store can hold in a text', async () => {
        const collection = await newCollection();
        await put(collection, ['a\0b', 1n], 1n, { text: 'c\0d' });
        expect(await get(collection, ['a\0b', 1n])).toMatchObject({ document: { id: 'a\ufffdb', text: 'c\ufffdd' } });
        expect(await store.count(collection.name, { text: { eq: 'c\0d' } })).toBe(1);
      });

      it('keeps keys apart that look alike', async () => {
        const collection = await newCollection({ fields: { a: 'text', b: 'text', text: 'text' }, key: ['a', 'b'] });
        const keys = [
          ['a', 'b'],
          ['a,b', ''],
          ['', 'a,b'],
          ['a"', ',"b'],
          ['a","', 'b'],
          ['A', 'b'],
          ['a', 'b '],
          ['a', 'é'],
          ['a', 'e\u0301'],
        ];
        await writeDocuments(
          keys.map((key, index) => ({
            collection: collection.name,
            key,
            position: 1n,
            document: { text: `${index}` },
          })),
        );
        const stored = await store.getMany(collection.name, keys);
        expect(stored.map((each) => each?.document.text)).toEqual(keys.map((_, index) => `${index}`));
      });

      it.each<[string, DocumentKey, Document]>([
        ['an undeclared field', ['a', 1n], { other: 1n }],
        ['an inherited name as a field', ['a', 1n], { toString: 'a' }],
        ['a text in an integer', ['a', 1n], { amount: '1' }],
        ['a number in an integer', ['a', 1n], { amount: 1 }],
        ['an integer of 65 bits', ['a', 1n], { amount: 2n ** 63n }],
        ['an object in a text', ['a', 1n], { text: { $gt: '' } }],
        ['a double that is none', ['a', 1n], { ratio: Number.NaN }],
        ['a key that is too short', ['a'], {}],
        ['a key of other types', [1n, 'a'], {}],
        ['a key field that differs from the key', ['a', 1n], { id: 'b' }],
      ])('with %s is refused with its whole batch', async (_, key, document) => {
        const collection = await newCollection();
        const good = { collection: collection.name, key: ['good', 1n], position: 1n, document: {} };
        const wrong = { collection: collection.name, key, position: 1n, document };
        await expect(writeDocuments([good, wrong])).rejects.toThrow(TypeError);
        expect(await store.count(collection.name)).toBe(0);
      });
    });

    describe('getMany', () => {
      it('answers in the order of the keys, missing and repeated ones too', async () => {
        const collection = await newCollection();
        await put(collection, ['b', 2n], 2n, { text: 'second' });
        await put(collection, ['a', 1n], 1n, { text: 'first' });
        const stored = await store.getMany(collection.name, [
          ['b', 2n],
          ['c', 3n],
          ['a', 1n],
          ['b', 1n],
          ['b', 2n],
        ]);
        expect(stored.map((each) => each?.document.text)).toEqual(['second', undefined, 'first', undefined, 'second']);
        expect(await store.getMany(collection.name, [])).toEqual([]);
      });
    });

    describe('write', () => {
      it('replaces a document as a whole', async () => {
        const collection = await newCollection();
        await put(collection, ['a', 1n], 1n, { text: 'old', amount: 1n });
        await put(collection, ['a', 1n], 2n, { text: 'new' });
        expect(await get(collection, ['a', 1n])).toEqual({
          document: { ...NOTHING, id: 'a', number: 1n, text: 'new' },
          position: 2n,
        });
      });

      it('ignores what is not newer than the stored document', async () => {
        const collection = await newCollection();
        await put(collection, ['a', 1n], 5n, { text: 'new' });
        await put(collection, ['a', 1n], 5n, { text: 'same position' });
        await put(collection, ['a', 1n], 4n, { text: 'old' });
        await put(collection, ['a', 1n], 4n, null);
        expect(await get(collection, ['a', 1n])).toMatchObject({ document: { text: 'new' }, position: 5n });
      });

      it('keeps the newest of a document that comes several times in a batch', async () => {
        const collection = await newCollection();
        const version = (position: bigint) => ({
          collection: collection.name,
          key: ['a', 1n],
          position,
          document: { text: `${position}` },
        });
        await writeDocuments([version(1n), version(3n), version(2n)]);
        expect(await get(collection, ['a', 1n])).toMatchObject({ document: { text: '3' }, position: 3n });
      });

      it('takes a document away and lets a newer one in', async () => {
        const collection = await newCollection();
        await put(collection, ['a', 1n], 1n, { text: 'first' });
        await put(collection, ['a', 1n], 2n, null);
        await put(collection, ['b', 1n], 2n, null);
        expect(await get(collection, ['a', 1n])).toBeUndefined();
        expect(await store.find(collection.name)).toEqual([]);
        expect(await store.count(collection.name)).toBe(0);
        expect(await store.count(collection.name, { id: { eq: 'a' } })).toBe(0);
        await put(collection, ['a', 1n], 3n, { text: 'second' });
        expect(await get(collection, ['a', 1n])).toMatchObject({ document: { text: 'second' }, position: 3n });
      });

      it('compares positions that no double holds', async () => {
        const collection = await newCollection();
        const position = 2n ** 62n;
        await put(collection, ['a', 1n], position, { text: 'first' });
        await put(collection, ['a', 1n], position + 1n, { text: 'second' });
        await put(collection, ['a', 1n], position, { text: 'first again' });
        expect(await get(collection, ['a', 1n])).toMatchObject({
          document: { text: 'second' },
          position: position + 1n,
        });
      });

      it('changes nothing when batches are repeated', async () => {
        const collection = await newCollection();
        const { name } = collection;
        const projection = `${uniqueName()}.v1`;
        const batch = (position: bigint, documents: [string, string | null][]): WriteBatch => ({
          documents: documents.map(([id, text]) => ({
            collection: name,
            key: [id, 1n],
            position,
            document: text === null ? null : { text },
          })),
          checkpoints: [{ projection, position }],
        });
        const batches = [
          batch(1n, [
            ['a', '1'],
            ['b', '1'],
          ]),
          batch(2n, [
            ['a', null],
            ['b', '2'],
          ]),
          batch(3n, [['a', '3']]),
        ];
        for (const each of batches) await store.write(each);
        const before = await store.find(name);
        for (const from of [2, 1, 0]) {
          for (const each of batches.slice(from)) await store.write(each);
          expect(await store.find(name)).toEqual(before);
        }
        expect(before.map(({ id, text }) => [id, text])).toEqual([
          ['a', '3'],
          ['b', '2'],
        ]);
      });

      it('takes an empty batch', async () => {
        await expect(store.write({ documents: [], checkpoints: [] })).resolves.toBeUndefined();
      });

      it(
        `takes ${LARGE_BATCH} documents at once`,
        async () => {
          const collection = await newCollection();
          const documents = Array.from({ length: LARGE_BATCH }, (_, index) => ({
            collection: collection.name,
            key: [`id-${index}`, BigInt(index)],
            position: BigInt(index + 1),
            document: { text: 'x'.repeat(100), amount: BigInt(index), extra: { index } },
          }));
          await writeDocuments(documents);
          await writeDocuments(documents);
          expect(await store.count(collection.name)).toBe(LARGE_BATCH);
          const stored = await store.getMany(
            collection.name,
            documents.map(({ key }) => key),
          );
          expect(stored.map((each) => each?.document.amount)).toEqual(documents.map(({ document }) => document.amount));
        },
        SLOW,
      );

      it(
        'shows a reader whole documents only, one after the other',
        async () => {
          const collection = await newCollection();
          let writing = true;
          const writer = (async () => {
            try {
              for (let position = 1n; position <= 100n; position++) {
                await put(collection, ['a', 1n], position, {
                  amount: position,
                  text: `${position}`,
                  ratio: Number(position),
                });
              }
            } finally {
              writing = false;
            }
          })();
          let last = 0n;
          while (writing) {
            const stored = await get(collection, ['a', 1n]);
            if (stored !== undefined) {
              const { amount, text, ratio } = stored.document;
              expect({ amount, text, ratio }).toEqual({
                amount: stored.position,
                text: `${stored.position}`,
                ratio: Number(stored.position),
              });
              expect(stored.position).toBeGreaterThanOrEqual(last);
              last = stored.position;
            }
            await new Promise((resolve) => setImmediate(resolve));
          }
          await writer;
          expect((await get(collection, ['a', 1n]))?.position).toBe(100n);
        },
        SLOW,
      );

      if (transactional) {
        it('leaves nothing of a batch that the store refuses half-way', async () => {
          const collection = await newCollection();
          if (underTest.refuseText === undefined) throw new Error('a transactional store needs refuseText');
          await underTest.refuseText(collection.name);
          const projection = `${uniqueName()}.v1`;
          const documents = ['good', 'refused', 'good'].map((text, index) => ({
            collection: collection.name,
            key: [`${index}`, 1n],
            position: 1n,
            document: { text },
          }));
          await expect(store.write({ documents, checkpoints: [{ projection, position: 1n }] })).rejects.toThrow();
          expect(await store.count(collection.name)).toBe(0);
          expect((await store.checkpoints()).map((each) => each.projection)).not.toContain(projection);
        });
      }
    });

    describe('checkpoints', () => {
      it('are those that another process has written since', async () => {
        const projection = `${uniqueName()}.v1`;
        const other = await underTest.openAnother();
        for (const position of [3n, 8n, 9n]) {
          await (position === 8n ? store : other).write({ documents: [], checkpoints: [{ projection, position }] });
          expect(await store.checkpoints()).toContainEqual({ projection, position });
          expect(await other.checkpoints()).toContainEqual({ projection, position });
        }
        await other.close();
      });

      it('never move back', async () => {
        const projection = `${uniqueName()}.v1`;
        const other = `${uniqueName()}.v12`;
        const stored = async () =>
          (await store.checkpoints()).filter((each) => each.projection === projection || each.projection === other);
        await store.write({
          documents: [],
          checkpoints: [
            { projection, position: 2n ** 53n + 1n },
            { projection: other, position: 1n },
          ],
        });
        await store.write({
          documents: [],
          checkpoints: [
            { projection, position: 5n },
            { projection: other, position: 9n },
          ],
        });
        expect(await stored()).toEqual([
          { projection, position: 2n ** 53n + 1n },
          { projection: other, position: 9n },
        ]);
      });
    });

    describe('quarantined', () => {
      it('holds the first event at which each stream stopped', async () => {
        const projection = `${uniqueName()}.v1`;
        const parked = (stream: string, position: bigint): QuarantinedStream => ({
          projection,
          stream,
          revision: 3,
          position,
          eventId: randomUUID(),
          type: 'order-placed.v1',
          error: 'TypeError: $gt "x"',
          at: '2026-01-31T12:00:00.000Z',
        });
        const first = parked('account-2', 7n);
        const second = parked('account-1', 2n ** 60n);
        const write = (quarantined: QuarantinedStream[]) =>
          store.write({ documents: [], checkpoints: [], quarantined });
        await write([first]);
        await write([second, parked('account-2', 8n), first]);
        const stored = (await store.quarantined()).filter((each) => each.projection === projection);
        expect(stored).toEqual([first, second]);
      });
    });

    describeQueries(() => store, newCollection, { groupsDollars });
    describeProjectorStore(() => store, newCollection, uniqueName);

    describe('the store', () => {
      it('answers a ping', async () => {
        await expect(store.ping()).resolves.toBeUndefined();
      });

      it(
        'keeps everything when it is closed and opened again',
        async () => {
          const collection = await newCollection();
          const projection = `${uniqueName()}.v1`;
          await store.write({
            documents: [
              { collection: collection.name, key: ['a', 1n], position: 3n, document: { text: 'kept', extra: [1] } },
            ],
            checkpoints: [{ projection, position: 3n }],
          });
          store = await underTest.reopen();
          await store.prepare([collection]);
          expect(await get(collection, ['a', 1n])).toMatchObject({
            document: { text: 'kept', extra: [1] },
            position: 3n,
          });
          expect(await store.checkpoints()).toContainEqual({ projection, position: 3n });
        },
        SLOW,
      );
    });
  });
}
