import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkpointName, documents, versionName } from '../projection.js';
import { DocumentsDigest, documentHash, documentText, sharedFields } from './document-text.js';
import { buildOf } from './projection-build.js';

const projection = documents({
  name: 'sale-days',
  version: 3,
  collection: { fields: { id: 'text', sum: 'integer', more: 'json' }, key: ['id'], indexes: [['sum']] },
  events: [],
  keys: () => [],
  fold: () => null,
});

describe('a build of a projection', () => {
  it('is the projection under names of its own, the first one under those of the version', () => {
    expect(buildOf(projection, 1)).toBe(projection);
    const second = buildOf(projection, 2);
    expect(second).toEqual({
      ...projection,
      build: 2,
      collection: { ...projection.collection, name: 'sale_days_v3_b2' },
    });
    expect([projection, second].map(checkpointName)).toEqual(['sale-days.v3', 'sale-days.v3.b2']);
    expect(versionName(second)).toBe('sale-days.v3');
  });

  it('is refused where no store would take its collection name', () => {
    const long = { ...projection, collection: { ...projection.collection, name: 'a'.repeat(47) } };
    expect(() => buildOf(long, 2)).toThrow(TypeError);
  });
});

const document = fc.record({
  id: fc.string(),
  sum: fc.oneof(fc.bigInt(), fc.constant(null)),
  more: fc.oneof(fc.constant(null), fc.dictionary(fc.string(), fc.oneof(fc.integer(), fc.string(), fc.boolean()))),
});

describe('the digest of documents', () => {
  const fields = sharedFields(projection.collection, projection.collection);
  const digestOf = (texts: readonly string[]) => {
    const digest = new DocumentsDigest();
    for (const text of texts) digest.add(documentHash(text));
    return digest.text;
  };

  it('does not depend on the order of documents, or of members in them', () => {
    fc.assert(
      fc.property(fc.array(document, { maxLength: 10 }), (made) => {
        const turned = made.map(({ id, sum, more }) => ({
          more: more && Object.fromEntries(Object.entries(more).reverse()),
          sum,
          id,
        }));
        const texts = made.map((each) => documentText(fields, each));
        const others = turned.map((each) => documentText(fields, each)).reverse();
        expect(digestOf(others)).toBe(digestOf(texts));
      }),
    );
  });

  it('tells any two documents apart that are not equal, and one from two of it', () => {
    fc.assert(
      fc.property(document, document, (one, other) => {
        const texts = [one, other].map((each) => documentText(fields, each));
        const [first = '', second = ''] = texts;
        const equal = one.id === other.id && one.sum === other.sum && sameMembers(one.more, other.more);
        expect(first === second).toBe(equal);
        expect(digestOf([first]) === digestOf([second])).toBe(equal);
        expect(digestOf([first, first])).not.toBe(digestOf([first]));
      }),
    );
  });

  it('is of the fields that both collections have, of one type', () => {
    const other = {
      ...projection.collection,
      fields: { id: 'text', sum: 'number', extra: 'text', more: 'json' },
    } as const;
    expect(sharedFields(projection.collection, other)).toEqual(['id', 'more']);
  });
});

function sameMembers(one: object | null, other: object | null): boolean {
  if (one === null || other === null) return one === other;
  const entries = (members: object) => JSON.stringify(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));
  return entries(one) === entries(other);
}
