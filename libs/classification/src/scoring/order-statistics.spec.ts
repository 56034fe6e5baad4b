import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { placeInOrder } from './order-statistics.js';

const sizes = fc.integer({ min: 1, max: 3_000 });
const places = fc.uniqueArray(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

/** So many values of a kind: few different ones, all different, ascending, descending, or an organ pipe. */
const shapes: readonly ((index: number, size: number, random: number) => number)[] = [
  (_, __, random) => random % 5,
  (_, __, random) => random,
  (index) => index,
  (index, size) => size - index,
  (index, size) => Math.min(index, size - index),
  () => 7,
];

test('the places asked for hold what a full sort puts there, and no value is lost', () => {
  fc.assert(
    fc.property(sizes, fc.constantFrom(...shapes), fc.nat(), places, (size, shape, seed, shares) => {
      let random = seed;
      const values = Float64Array.from({ length: size }, (_, index) => {
        random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
        return shape(index, size, random);
      });
      const sorted = values.slice().sort();
      const asked = shares.map((share) => Math.min(size - 1, Math.floor(share * size))).sort((a, b) => a - b);
      placeInOrder(values, asked);
      expect(asked.map((place) => values[place])).toEqual(asked.map((place) => sorted[place]));
      expect(values.slice().sort()).toEqual(sorted);
    }),
  );
});
