import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NameFilter } from './name-filter.js';

describe('a filter of names', () => {
  it('misses none of its names', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 50 }), (names) => {
        const filter = new NameFilter();
        for (const name of names) filter.add(name);
        expect(names.every((name) => filter.mayHave(name))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('takes few others for its own', () => {
    const filter = new NameFilter();
    for (let number = 0; number < 200_000; number++) filter.add(`a${number % 1_000}\0o${number}`);
    let mistaken = 0;
    for (let number = 0; number < 10_000; number++) if (filter.mayHave(`a${number % 1_000}\0p${number}`)) mistaken++;
    // 4 × 200,000 of 2^25 bits are set: (1/42)^4, 1 in 3,000,000.
    expect(mistaken).toBeLessThan(5);
  });
});
