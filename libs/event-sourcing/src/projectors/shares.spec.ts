import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PARTITIONS } from '../partition.js';
import { type Share, sharesOf } from './shares.js';

const names = fc.uniqueArray(fc.integer({ min: 0, max: 99 }).map(String), { minLength: 1, maxLength: PARTITIONS });

describe('sharesOf', () => {
  it('gives each partition to one member, as evenly as can be, whatever was before', () => {
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 6 }), (changes) => {
        let before: Share[] = [];
        for (const members of changes) {
          const shares = sharesOf(members, before);
          expect(shares.map(({ member }) => member)).toEqual(members);
          const all = shares.flatMap(({ partitions }) => partitions).sort((a, b) => a - b);
          expect(all).toEqual(Array.from({ length: PARTITIONS }, (_, partition) => partition));
          const sizes = shares.map(({ partitions }) => partitions.length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
          before = shares;
        }
      }),
    );
  });

  it('moves only what has to', () => {
    fc.assert(
      fc.property(names, names, (members, next) => {
        const before = sharesOf(members, []);
        const after = sharesOf(next, before);
        const largest = Math.max(...after.map(({ partitions }) => partitions.length));
        for (const { member, partitions } of after) {
          const had = before.find((share) => share.member === member)?.partitions ?? [];
          const kept = partitions.filter((partition) => had.includes(partition)).length;
          // All that it had, as far as there is room for it now.
          expect(kept).toBeGreaterThanOrEqual(Math.min(had.length, partitions.length, largest));
        }
      }),
    );
  });
});
