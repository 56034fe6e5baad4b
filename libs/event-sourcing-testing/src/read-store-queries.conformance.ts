import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type CollectionDefinition,
  cursorOf,
  type Document,
  type FieldType,
  type FieldValue,
  type Filter,
  type FindOptions,
  type ReadStore,
} from '#event-sourcing';
import { matching, modelFind, modelLatestBy, modelSumBy } from './collection-model.js';
import type { NewCollection } from './read-store.conformance.js';

const FIELDS = {
  run: 'text',
  serial: 'integer',
  text: 'text',
  amount: 'integer',
  ratio: 'number',
  flag: 'boolean',
} as const satisfies Record<string, FieldType>;
const SHAPE = { fields: FIELDS, key: ['run', 'serial'], indexes: [['run', 'text'], ['amount']] };

const WORDS = [
  '',
  'a',
  'A',
  'abc',
  'ABC',
  'aXc',
  'a%c',
  'a_c',
  'a.c',
  'a*c',
  'a\\c',
  '$gt',
  '$',
  '^a',
  '[a]',
  '(a',
  'É',
  'é',
  'ß',
  '\u212a',
  'k',
  '\n',
  'a\nc',
];
const INTEGERS = [-(2n ** 63n), -1n, 0n, 1n, 2n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n];
const DOUBLES = [-1.5, 0, 0.1, 0.30000000000000004, 0.3, 1, 1e300];

/** Few values, so that ties are many. */
const ARBITRARY_FIELDS = {
  text: fc.option(fc.constantFrom(...WORDS)),
  amount: fc.option(fc.constantFrom(...INTEGERS)),
  ratio: fc.option(fc.constantFrom(...DOUBLES)),
  flag: fc.option(fc.boolean()),
};
const arbitraryDocument = fc.record(ARBITRARY_FIELDS);
const arbitraryDocuments = fc.array(arbitraryDocument, { maxLength: 24 });
const arbitrarySort = fc
  .uniqueArray(fc.constantFrom('text', 'amount', 'ratio', 'flag', 'serial'), { maxLength: 4 })
  .chain((fields) =>
    fc.tuple(
      ...fields.map((field) => fc.record({ field: fc.constant(field), direction: fc.constantFrom('asc', 'desc') })),
    ),
  );

const ranges = <T extends string | bigint | number>(values: readonly T[]) =>
  fc.record({ gt: fc.constantFrom(...values), lte: fc.constantFrom(...values) }, { requiredKeys: ['gt'] });
const conditions = <T extends string | bigint | number>(values: readonly T[]) =>
  fc.oneof(
    fc.record({ eq: fc.option(fc.constantFrom(...values)) }),
    fc.record({ in: fc.array(fc.constantFrom(...values), { maxLength: 3 }) }),
    fc.record({ gte: fc.constantFrom(...values) }),
    fc.record({ lt: fc.constantFrom(...values) }),
    ranges(values),
  );
const arbitraryFilter = fc
  .record(
    {
      text: fc.oneof(conditions(WORDS), fc.record({ contains: fc.constantFrom(...WORDS) })),
      amount: conditions(INTEGERS),
      ratio: conditions(DOUBLES),
      flag: fc.record({ eq: fc.option(fc.boolean()) }),
      serial: conditions([0n, 3n, 7n]),
    },
    { requiredKeys: [] },
  )
  .map((filter): Filter => Object.fromEntries(Object.entries(filter)));

const RUNS = { numRuns: 60 };
const SLOW = 60_000;

/** The cases of queries: what a store answers is what the plain model answers. */
export function describeQueries(
  getStore: () => ReadStore,
  newCollection: NewCollection,
  { groupsDollars }: { readonly groupsDollars: boolean },
): void {
  const groupWords = WORDS.filter((word) => groupsDollars || !word.startsWith('$'));
  let runs = 0;

  /** Writes documents that only this run sees, and gives them with all of their fields. */
  async function seed({ name }: CollectionDefinition, documents: readonly Document[]): Promise<[string, Document[]]> {
    const run = `run ${++runs}`;
    const whole = documents.map((document, index) => ({ run, serial: BigInt(index), ...document }));
    await getStore().write({
      documents: whole.map((document) => ({
        collection: name,
        key: [document.run, document.serial],
        position: 1n,
        document,
      })),
      checkpoints: [],
    });
    return [run, whole];
  }

  const inAnyOrder = (documents: readonly Document[]) =>
    documents.map((document) => JSON.stringify(Object.entries(document).sort().map(printable))).sort();
  const printable = ([field, value]: [string, FieldValue]) => [field, typeof value, String(value)];

  describe('find and count', () => {
    it.each<[string, Filter, string[]]>([
      ['eq', { text: { eq: 'a%c' } }, ['a%c']],
      ['eq with an operator as the value', { text: { eq: '$gt' } }, ['$gt']],
      ['in', { text: { in: ['abc', '$gt', 'missing'] } }, ['abc', '$gt']],
      ['in with nothing', { text: { in: [] } }, []],
      ['a range', { text: { gte: 'A', lt: 'a.c' } }, ['ABC', 'a%c', 'a*c', 'CAFÉ']],
      ['contains without case', { text: { contains: 'Bc' } }, ['abc', 'ABC']],
      ['contains with %', { text: { contains: '%' } }, ['a%c']],
      ['contains with _', { text: { contains: '_' } }, ['a_c']],
      ['contains with .', { text: { contains: 'a.c' } }, ['a.c']],
      ['contains with *', { text: { contains: '*' } }, ['a*c']],
      ['contains with $', { text: { contains: '$' } }, ['$gt']],
      ['contains with ^', { text: { contains: '^a' } }, []],
      ['contains with \\', { text: { contains: '\\' } }, ['a\\c']],
      ['contains with a bracket', { text: { contains: '(' } }, ['(b)']],
      ['contains with NUL', { text: { contains: '\0' } }, []],
      ['contains with a letter that is not ASCII', { text: { contains: 'É' } }, ['CAFÉ']],
    ])('understands %s', async (_, filter, expected) => {
      const collection = await newCollection(SHAPE);
      const texts = ['abc', 'ABC', 'a%c', 'a_c', 'a.c', 'a*c', 'a\\c', '$gt', '(b)', 'café', 'CAFÉ', null];
      const [run] = await seed(
        collection,
        texts.map((text) => ({ text })),
      );
      const found = await getStore().find(collection.name, { filter: { ...filter, run: { eq: run } } });
      expect(found.map(({ text }) => text)).toEqual(expected);
    });

    it('tells null from the empty text, and puts null in no range', async () => {
      const collection = await newCollection(SHAPE);
      await seed(collection, [{ text: null }, { text: '' }, { amount: 0n, text: 'a' }]);
      const count = (filter: Filter) => getStore().count(collection.name, filter);
      expect(await count({ text: { eq: null } })).toBe(1);
      expect(await count({ text: { eq: '' } })).toBe(1);
      expect(await count({ text: { lt: 'b' } })).toBe(2);
      expect(await count({ text: { contains: '' } })).toBe(2);
      expect(await count({ amount: { lte: 5n } })).toBe(1);
      expect(await count({ flag: { eq: false } })).toBe(0);
      expect(await count({ run: { eq: null } })).toBe(0);
      expect(await count({})).toBe(3);
    });

    it('compares texts by their UTF-8 bytes', async () => {
      const collection = await newCollection(SHAPE);
      const texts = ['', ' ', 'A', 'Z', 'a', 'z', 'É', 'ž', 'Ω', '中', '\ufffc'];
      await seed(
        collection,
        texts.toReversed().map((text) => ({ text })),
      );
      const found = await getStore().find(collection.name, { sort: [{ field: 'text', direction: 'asc' }] });
      expect(found.map(({ text }) => text)).toEqual(texts);
    });

    it.each<[string, FindOptions]>([
      ['a filter on an undeclared field', { filter: { other: { eq: 1n } } }],
      ['a filter on an operator', { filter: { $where: { eq: '1' } } }],
      ['a filter on a path', { filter: { 'text.a': { eq: '1' } } }],
      ['a value of another type', { filter: { amount: { eq: '1' } } }],
      ['an object as a value', { filter: { text: { eq: JSON.parse('{"$gt":""}') } } }],
      ['an object in a list', { filter: { text: { in: [JSON.parse('{"$gt":""}')] } } }],
      ['an unknown condition', { filter: { text: JSON.parse('{"$gt":""}') } }],
      ['contains on an integer', { filter: { amount: { contains: '1' } } }],
      ['an order by an undeclared field', { sort: [{ field: 'text; DROP TABLE x', direction: 'asc' }] }],
      [
        'an order that names a field twice',
        {
          sort: [
            { field: 'text', direction: 'asc' },
            { field: 'text', direction: 'desc' },
          ],
        },
      ],
      ['a cursor that is too short', { after: ['a'] }],
      ['a cursor without a field of the key', { after: ['a', null] }],
      ['a cursor of other types', { after: [1n, 'a'] }],
      ['a negative limit', { limit: -1 }],
      ['a limit that is no count', { limit: 1.5 }],
      ['an undeclared field to give', { fields: ['text', 'other'] }],
      ['a path to give', { fields: ['text.a'] }],
      ['no field to give', { fields: [] }],
      ['a field to give twice', { fields: ['text', 'text'] }],
      ['the text of what is no json', { asText: ['text'] }],
    ])('refuses %s', async (_, options) => {
      const collection = await newCollection(SHAPE);
      await expect(getStore().find(collection.name, options)).rejects.toThrow(TypeError);
    });

    it(
      'answers every filter, sort, limit and choice of fields as the model does',
      async () => {
        const collection = await newCollection(SHAPE);
        await fc.assert(
          fc.asyncProperty(
            arbitraryDocuments,
            arbitraryFilter,
            arbitrarySort,
            fc.option(fc.nat({ max: 8 }), { nil: undefined }),
            fc.option(fc.shuffledSubarray(Object.keys(FIELDS), { minLength: 1 }), { nil: undefined }),
            async (documents, chosen, sort, limit, fields) => {
              const [run, whole] = await seed(collection, documents);
              const filter: Filter = { ...chosen, run: { eq: run } };
              const options = { filter, sort, ...(limit !== undefined && { limit }), ...(fields && { fields }) };
              expect(await getStore().find(collection.name, options)).toEqual(modelFind(collection, whole, options));
              expect(await getStore().count(collection.name, filter)).toBe(matching(whole, filter).length);
            },
          ),
          RUNS,
        );
      },
      SLOW,
    );

    it(
      'visits every document once, in order, page by page',
      async () => {
        const collection = await newCollection(SHAPE);
        await fc.assert(
          fc.asyncProperty(
            arbitraryDocuments,
            arbitraryFilter,
            arbitrarySort,
            fc.integer({ min: 1, max: 5 }),
            fc.boolean(),
            async (documents, chosen, sort, limit, runFirst) => {
              const [run, whole] = await seed(collection, documents);
              // Either the filter holds the run constant, or the run is a range and stands in the order.
              const filter: Filter = { ...chosen, run: runFirst ? { gte: run, lte: run } : { eq: run } };
              const visited: Document[] = [];
              let after: FieldValue[] | undefined;
              for (;;) {
                const page = await getStore().find(collection.name, { filter, sort, limit, ...(after && { after }) });
                visited.push(...page);
                const last = page.at(-1);
                if (last === undefined || page.length < limit) break;
                after = cursorOf(collection, sort, last);
              }
              expect(visited).toEqual(modelFind(collection, whole, { filter, sort }));
            },
          ),
          RUNS,
        );
      },
      SLOW,
    );

    it('gives json as its text to who asks for that', async () => {
      const shape = { fields: { id: 'text', n: 'integer', json: 'json', other: 'json' }, key: ['id', 'n'] } as const;
      const collection = await newCollection(shape);
      const document = { json: [1, { a: '"é' }], other: { b: null } };
      const write = { collection: collection.name, position: 1n };
      await getStore().write({
        documents: [
          { ...write, key: ['x', 1n], document },
          { ...write, key: ['x', 2n], document: { json: null, other: 'y' } },
        ],
        checkpoints: [],
      });
      const texts = [
        { json: '[1,{"a":"\\"é"}]', other: { b: null } },
        { json: null, other: 'y' },
      ];
      const options = { fields: ['json', 'other'], asText: ['json'] };
      expect(await getStore().find(collection.name, options)).toEqual(texts);
      expect(await getStore().find(collection.name, { ...options, limit: 1_000 })).toEqual(texts);
      const latest = { groupBy: ['id'], by: 'n' };
      expect(await getStore().latestBy(collection.name, { ...latest, ...options, upTo: 1n })).toEqual([texts[0]]);
      const onlyText = { fields: ['json'], asText: ['json'], upTo: 1n };
      expect(await getStore().latestBy(collection.name, { ...latest, ...onlyText })).toEqual([
        { json: texts[0]?.json },
      ]);
      const whole = { id: 'x', n: 2n, json: null, other: '"y"' };
      expect(await getStore().latestBy(collection.name, { ...latest, asText: ['other'], upTo: 2n })).toEqual([whole]);
    });

    it.each([120, 1_001])('gives a page of up to %d as it gives a small one', async (limit) => {
      const collection = await newCollection(SHAPE);
      const documents = fc.sample(arbitraryDocument, { numRuns: 200, seed: 7 });
      const [run, whole] = await seed(collection, documents);
      for (const fields of [undefined, ['serial', 'amount', 'text', 'flag'], ['flag', 'run']]) {
        const options = { filter: { run: { eq: run } }, after: [run, 7n], limit, ...(fields && { fields }) };
        expect(await getStore().find(collection.name, options)).toEqual(modelFind(collection, whole, options));
      }
      const nothing = { filter: { run: { eq: 'nobody' } }, fields: ['text'], limit };
      expect(await getStore().find(collection.name, nothing)).toEqual([]);
    });

    it('pages over several runs without a filter', async () => {
      const collection = await newCollection(SHAPE);
      const all: Document[] = [];
      for (let each = 0; each < 3; each++) {
        all.push(...(await seed(collection, [{ text: 'a' }, { text: null }, { text: 'b' }, { text: 'a' }]))[1]);
      }
      const whole = all.map((document) => ({ amount: null, ratio: null, flag: null, ...document }));
      for (const sort of [
        [],
        [{ field: 'run', direction: 'desc' as const }],
        [{ field: 'text', direction: 'desc' as const }],
      ]) {
        for (const document of whole) {
          const options = { sort, after: cursorOf(collection, sort, document), limit: 5 };
          expect(await getStore().find(collection.name, options)).toEqual(modelFind(collection, whole, options));
        }
      }
    });
  });

  describe('sumBy', () => {
    it('adds integers exactly, null as 0', async () => {
      const collection = await newCollection(SHAPE);
      const big = 2n ** 53n + 1n;
      await seed(collection, [
        { text: 'a', amount: big },
        { text: 'a', amount: big },
        { text: 'a', amount: null },
        { text: null, amount: -3n },
        { text: 'b', amount: null },
      ]);
      const sums = await getStore().sumBy(collection.name, { groupBy: ['text'], sum: ['amount'] });
      expect(inAnyOrder(sums)).toEqual(
        inAnyOrder([
          { text: 'a', amount: 2n * big },
          { text: null, amount: -3n },
          { text: 'b', amount: 0n },
        ]),
      );
      expect(await getStore().sumBy(collection.name, { groupBy: [], sum: ['amount'] })).toEqual([
        { amount: 2n * big - 3n },
      ]);
    });

    it('groups by a field whose values look like operators', async () => {
      const collection = await newCollection(SHAPE);
      await seed(collection, [
        { text: '$a', amount: 1n },
        { text: '$b', amount: 2n },
        { text: '$a', amount: 3n },
      ]);
      const sums = await getStore().sumBy(collection.name, { groupBy: ['text'], sum: ['amount'] });
      expect(sums.map(({ text, amount }) => `${text}: ${amount}`).sort()).toEqual(['$a: 4', '$b: 2']);
    });

    it(
      'groups as the model does, by fields of any type',
      async () => {
        const collection = await newCollection(SHAPE);
        const small = fc.option(fc.bigInt({ min: -(2n ** 56n), max: 2n ** 56n }));
        await fc.assert(
          fc.asyncProperty(
            fc.array(
              fc.record({ ...ARBITRARY_FIELDS, text: fc.option(fc.constantFrom(...groupWords)), amount: small }),
              { maxLength: 24 },
            ),
            fc.subarray(['text', 'ratio', 'flag', 'run']),
            fc.option(fc.constantFrom(...WORDS), { nil: undefined }),
            async (documents, groupBy, text) => {
              const [run, whole] = await seed(collection, documents);
              const filter: Filter = { run: { eq: run }, ...(text === undefined ? {} : { text: { gte: text } }) };
              const options = { filter, groupBy, sum: ['amount'] };
              const sums = await getStore().sumBy(collection.name, options);
              expect(inAnyOrder(sums)).toEqual(inAnyOrder(modelSumBy(whole, options)));
            },
          ),
          RUNS,
        );
      },
      SLOW,
    );

    it.each([
      ['sums of doubles', { groupBy: [], sum: ['ratio'] }],
      ['sums of an undeclared field', { groupBy: [], sum: ['other'] }],
      ['groups by an expression', { groupBy: ['$text'], sum: ['amount'] }],
      ['neither groups nor sums', { groupBy: [], sum: [] }],
    ])('refuses %s', async (_, options) => {
      const collection = await newCollection(SHAPE);
      await expect(getStore().sumBy(collection.name, options)).rejects.toThrow(TypeError);
    });
  });

  describe('latestBy', () => {
    const latest = { groupBy: ['run'], by: 'serial' };

    it('gives the newest document of each group that is not above the bound', async () => {
      const collection = await newCollection(SHAPE);
      const [first] = await seed(collection, [{ text: '0' }, { text: '1' }, { text: '2' }]);
      const [second] = await seed(collection, [
        { serial: 2n, text: '2' },
        { serial: 4n, text: '4' },
      ]);
      const rows = async (upTo: bigint, filter: Filter = {}) =>
        (await getStore().latestBy(collection.name, { ...latest, upTo, filter }))
          .map(({ run, text }) => `${run}: ${text}`)
          .sort();
      expect(await rows(-1n)).toEqual([]);
      expect(await rows(1n)).toEqual([`${first}: 1`]);
      expect(await rows(2n)).toEqual([`${first}: 2`, `${second}: 2`]);
      expect(await rows(3n)).toEqual([`${first}: 2`, `${second}: 2`]);
      expect(await rows(2n ** 62n)).toEqual([`${first}: 2`, `${second}: 4`]);
      expect(await rows(9n, { run: { eq: second } })).toEqual([`${second}: 4`]);
      expect(await rows(9n, { run: { in: [first, 'missing'] } })).toEqual([`${first}: 2`]);
      expect(await rows(9n, { text: { in: ['0', '2'] } })).toEqual([`${first}: 2`, `${second}: 2`]);
      expect(await rows(9n, { text: { eq: '4' } })).toEqual([`${second}: 4`]);
    });

    it(
      'groups as the model does, by one field or several, whatever follows in the key',
      async () => {
        const shape = { fields: { a: 'text', b: 'integer', c: 'text', d: 'integer' }, key: ['a', 'b', 'c'] } as const;
        const collection = await newCollection(shape);
        const word = fc.constantFrom('', 'a', 'é', groupsDollars ? '$x' : 'x$');
        const row = fc.record({ a: word, b: fc.constantFrom(-1n, 0n, 2n ** 60n), c: word });
        const rows = fc.uniqueArray(row, { maxLength: 40, selector: ({ a, b, c }) => `${a},${b},${c}` });
        const choice = fc.option(fc.shuffledSubarray(['a', 'b', 'c', 'd'], { minLength: 1 }), { nil: undefined });
        let position = 0n;
        const write = (documents: readonly { a: string; b: bigint; c: string }[], remove: boolean) =>
          getStore().write({
            documents: documents.map(({ a, b, c }) => ({
              collection: collection.name,
              key: [a, b, c],
              position: ++position,
              document: remove ? null : { d: b },
            })),
            checkpoints: [],
          });
        await fc.assert(
          fc.asyncProperty(rows, word, fc.option(word), choice, async (documents, upTo, only, fields) => {
            await write(documents, false);
            const whole = documents.map((document) => ({ ...document, d: document.b }));
            const filter: Filter = only === null ? {} : { a: { gte: only } };
            const options = { groupBy: ['a', 'b'], by: 'c', upTo, filter, ...(fields && { fields }) };
            const found = await getStore().latestBy(collection.name, options);
            const byFirst = await getStore().latestBy(collection.name, { groupBy: ['a'], by: 'b', upTo: 1n });
            await write(documents, true);
            expect(inAnyOrder(found)).toEqual(inAnyOrder(modelLatestBy(whole, options)));
            const groupsOf = (each: readonly Document[]) =>
              inAnyOrder(each.map(({ a, b }) => ({ a: a ?? null, b: b ?? null })));
            expect(groupsOf(byFirst)).toEqual(groupsOf(modelLatestBy(whole, { groupBy: ['a'], by: 'b', upTo: 1n })));
          }),
          { numRuns: 30 },
        );
      },
      SLOW,
    );

    it.each([
      ['groups that do not begin the key', { groupBy: ['serial'], by: 'run', upTo: 'a' }],
      ['a field that is not the next of the key', { groupBy: ['run'], by: 'amount', upTo: 1n }],
      ['a bound of another type', { groupBy: ['run'], by: 'serial', upTo: 'a' }],
      ['no groups', { groupBy: [], by: 'run', upTo: 'a' }],
      ['an undeclared field to give', { groupBy: ['run'], by: 'serial', upTo: 1n, fields: ['other'] }],
    ])('refuses %s', async (_, options) => {
      const collection = await newCollection(SHAPE);
      await expect(getStore().latestBy(collection.name, options)).rejects.toThrow(TypeError);
    });
  });
}
