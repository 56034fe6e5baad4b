import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeyedState, textForm } from './keyed-state.js';
import { keyHash, type PageEntry, pageEntry } from './page.js';
import { Segment, segmentOf } from './segment.js';
import { SegmentStack } from './segment-stack.js';
import { SnapshotLost } from './snapshot-store.js';

const key = fc.oneof(fc.constantFrom('', '__proto__', 'constructor', '1', '😀'), fc.string({ maxLength: 6 }));
const step = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(key, fc.string({ maxLength: 400 })) },
  { weight: 1, arbitrary: fc.constant('snapshot' as const) },
);

function segmentFrom(entries: readonly PageEntry[], id: string): Segment {
  return segmentOf(
    id,
    [...entries].sort((a, b) => a.hash - b.hash),
  );
}

/** The same segment as another process reads it. */
function reread(segment: Segment): Segment {
  const { source, size } = segment;
  return new Segment({ ...source, held: false, page: (number) => Uint8Array.from(source.page(number)) }, size);
}

describe('KeyedState', () => {
  it('says what a map says, however often it went into a snapshot and however these were merged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120, size: 'max' }), async (steps) => {
        const map = new Map<string, string>();
        let keyed = KeyedState.empty('texts', textForm);
        let stack = new SegmentStack();
        let ids = 0;
        for (const each of steps) {
          if (each === 'snapshot') {
            const entries = keyed.newEntries();
            if (entries.length > 0) stack = stack.with(reread(segmentFrom(entries, `${ids++}`)));
            keyed = keyed.from(stack);
            await stack.merge(
              () => `${ids++}`,
              async () => undefined,
            );
          } else {
            map.set(...each);
            keyed = keyed.set(...each);
          }
        }
        for (const [name, value] of map) expect(keyed.get(name)).toBe(value);
        for (const name of ['', '__proto__', 'constructor', 'absent']) {
          expect(keyed.has(name)).toBe(map.has(name));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('leaves the state before as it was', () => {
    const before = KeyedState.empty('texts', textForm).set('a', 'first');
    before.set('a', 'second').set('b', 'third');
    expect([before.get('a'), before.get('b')]).toEqual(['first', undefined]);
  });
});

describe('Segments', () => {
  const many = (count: number, value: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => pageEntry(`key ${index}`, value(index)));

  it('keep every entry when large ones are merged, the later one winning', async () => {
    let stack = new SegmentStack([
      segmentFrom(
        many(5_000, (index) => `old ${index}`),
        'a',
      ),
    ]);
    for (const id of ['b', 'c', 'd', 'e']) {
      stack = stack.with(
        segmentFrom(
          many(1_500, (index) => `${id} ${index}`),
          id,
        ),
      );
    }
    const pages = stack.segments.map((segment) => segment.pages);
    await stack.merge(
      () => 'merged',
      async () => undefined,
    );
    expect(pages[0]).toBeGreaterThan(4);
    expect(stack.segments).toHaveLength(1);
    for (let index = 0; index < 5_000; index += 7) {
      expect(stack.get(`key ${index}`)).toBe(index < 1_500 ? `e ${index}` : `old ${index}`);
    }
    expect(stack.get('key 5000')).toBeUndefined();
  });

  it('stay few: their number grows with the logarithm of the snapshots', async () => {
    let stack = new SegmentStack();
    let copied = 0;
    for (let round = 0; round < 400; round++) {
      const entries = Array.from({ length: 20 }, (_, index) => pageEntry(`${round}/${index}`, 'value'));
      stack = stack.with(segmentFrom(entries, `${round}`));
      const before = stack.segments;
      await stack.merge(
        () => `merged ${round}`,
        async () => undefined,
      );
      if (stack.segments !== before) copied += stack.segments.at(-1)?.size.entries ?? 0;
      expect(stack.segments.length).toBeLessThanOrEqual(12);
    }
    expect(copied).toBeLessThan(10 * stack.heldBytes);
  });

  it('tell of every damaged byte', () => {
    const hash = keyHash('key');
    const { source, size } = segmentFrom([pageEntry('key', 'value')], 'a');
    const whole = [source.page(0), source.page(1)] as const;
    const withPage = (changed: number, bytes: Uint8Array) =>
      new Segment({ ...source, page: (number) => (number === changed ? bytes : (whole[number] as Uint8Array)) }, size);
    for (const [number, bytes] of whole.entries()) {
      for (let place = 0; place < bytes.length; place++) {
        const damaged = Uint8Array.from(bytes);
        damaged[place] = (damaged[place] as number) ^ 0x10;
        expect(() => withPage(number, damaged).get('key', hash)).toThrow(SnapshotLost);
      }
      expect(() => withPage(number, bytes.subarray(0, 3)).get('key', hash)).toThrow(SnapshotLost);
      expect(() => withPage(number, bytes.subarray(0, 4)).get('key', hash)).toThrow(SnapshotLost);
    }
    expect(withPage(0, whole[0]).get('key', hash)).toBe('value');
  });

  it('read no page for most keys that they do not have, also after merging', async () => {
    let stack = new SegmentStack();
    for (let round = 0; round < 40; round++) {
      const entries = Array.from({ length: 100 }, (_, index) => pageEntry(`${round}/${index}`, 'value'));
      stack = stack.with(segmentFrom(entries, `${round}`));
      await stack.merge(
        () => `merged ${round}`,
        async () => undefined,
      );
    }
    let read = 0;
    for (const segment of stack.segments) {
      const { source } = segment;
      const page = (number: number) => {
        if (number < segment.pages) read += 1;
        return source.page(number);
      };
      segment.moveTo({ ...source, held: false, page });
    }
    for (let index = 0; index < 10_000; index++) expect(stack.get(`absent ${index}`)).toBeUndefined();
    expect(read).toBeLessThan(0.02 * 10_000 * stack.segments.length);
    for (let round = 0; round < 40; round++) expect(stack.get(`${round}/99`)).toBe('value');
  });

  it('take no more memory than their filters once they are in a store', () => {
    const segment = segmentFrom(
      many(5_000, (index) => `${index}`),
      'a',
    );
    const before = segment.heldBytes;
    segment.moveTo({ ...segment.source, held: false });
    expect(segment.get('key 4999', keyHash('key 4999'))).toBe('4999');
    expect(before).toBeGreaterThan(100_000);
    expect(segment.heldBytes).toBeLessThan(0.1 * before);
  });
});
