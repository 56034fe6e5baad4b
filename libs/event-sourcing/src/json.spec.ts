import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonical, canonicalText, type JsonValue, jsonText } from './json.js';

/** RFC 8785 by a library. */
const canonicalize: (value: unknown) => string = createRequire(import.meta.url)('canonicalize');

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.string({ unit: 'grapheme', maxLength: 8 }));
/** Names that do not look like an array's index: those have no order of their own in a JavaScript object. */
const name = text.map((given) => `n${given}`);
const { json } = fc.letrec<{ json: JsonValue }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(name, tie('json'), { maxKeys: 5 }),
  ),
}));

describe('canonical JSON', () => {
  it('is what the library makes of it, whatever order its names come in', () => {
    fc.assert(
      fc.property(json, (value) => {
        const expected = canonicalize(value);
        expect(canonicalText(value)).toBe(expected);
        expect(JSON.stringify(canonical(value))).toBe(expected);
      }),
    );
  });

  it('is the same object where it is canonical already', () => {
    fc.assert(
      fc.property(json, (value) => {
        const sorted = canonical(value);
        expect(canonical(sorted)).toBe(sorted);
      }),
    );
  });

  it('leaves out what is undefined, and refuses what has no text or no order', () => {
    expect(canonicalText({ b: 1, a: undefined })).toBe('{"b":1}');
    expect(canonicalText({ a: undefined, b: 1 })).toBe('{"b":1}');
    for (const bad of [{ a: Number.NaN }, { b: 1, a: Number.POSITIVE_INFINITY }, { 7: 'x' }, { b: 1, a: { 0: 'x' } }]) {
      expect(() => canonicalText(bad)).toThrow(TypeError);
      expect(() => canonical(bad)).toThrow(TypeError);
    }
  });
});

describe('jsonText', () => {
  it('is what JSON.stringify gives', () => {
    fc.assert(fc.property(text, (given) => expect(jsonText(given)).toBe(JSON.stringify(given))));
  });
});
