import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { concentration } from './concentration.js';

function alone(revenues: readonly number[]) {
  return revenues.map((revenue, index) => ({ accountId: `a${index}`, groupId: null, revenue: BigInt(revenue) }));
}

describe('concentration', () => {
  test('the worked example: shares 20, 19, 18, 17, 16, 10 give 1,730', () => {
    const { hhi, band, top, groups } = concentration(alone([20, 19, 18, 17, 16, 10]));
    expect(hhi).toBe(1_730);
    expect(band).toBe('moderate');
    expect(top).toEqual([
      { n: 1, share: 0.2 },
      { n: 3, share: 0.57 },
      { n: 5, share: 0.9 },
      { n: 10, share: 1 },
      { n: 20, share: 1 },
    ]);
    expect(groups.map(({ overDependent }) => overDependent)).toEqual([true, true, true, true, true, true]);
  });

  test('a group counts as one, losses and zeros do not count', () => {
    const { groups, hhi } = concentration([
      { accountId: 'north', groupId: 'acme', revenue: 30n },
      { accountId: 'south', groupId: 'acme', revenue: 31n },
      { accountId: 'acme', groupId: null, revenue: 30n },
      { accountId: 'tiny', groupId: null, revenue: 9n },
      { accountId: 'loss', groupId: null, revenue: -50n },
      { accountId: 'idle', groupId: null, revenue: 0n },
    ]);
    expect(groups).toEqual([
      { groupId: 'acme', corporate: true, accounts: 2, revenue: 61n, share: 0.61, overDependent: true },
      { groupId: 'acme', corporate: false, accounts: 1, revenue: 30n, share: 0.3, overDependent: true },
      { groupId: 'tiny', corporate: false, accounts: 1, revenue: 9n, share: 0.09, overDependent: false },
    ]);
    expect(hhi).toBe(61 ** 2 + 30 ** 2 + 9 ** 2);
  });

  test('a loss inside a group lowers the group', () => {
    const { groups } = concentration([
      { accountId: 'a', groupId: 'g', revenue: 10n },
      { accountId: 'b', groupId: 'g', revenue: -10n },
    ]);
    expect(groups).toEqual([]);
  });

  test('a tenth is over-dependence, to the micro', () => {
    const over = (part: number) => concentration(alone([part, 1_000_000 - part])).groups.at(-1)?.overDependent;
    expect([over(100_000), over(99_999)]).toEqual([true, false]);
  });

  test('without revenue there is nothing to tell', () => {
    const { hhi, band, top } = concentration(alone([0, -5]));
    expect([hhi, band, top[0]]).toEqual([null, null, { n: 1, share: null }]);
  });

  test('bands begin at 1,000 and 1,800', () => {
    expect(concentration(alone(Array<number>(10).fill(1)))).toMatchObject({ hhi: 1_000, band: 'moderate' });
    expect(concentration(alone(Array<number>(11).fill(1))).band).toBe('unconcentrated');
    expect(concentration(alone([30, 30, 0, ...Array<number>(40).fill(1)]))).toMatchObject({ hhi: 1_840, band: 'high' });
  });

  test('shares sum to 1, HHI lies between 10,000 / n and 10,000', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 10 ** 9 }), { minLength: 1, maxLength: 30 }), (revenues) => {
        const { groups, hhi } = concentration(alone(revenues));
        expect(groups.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
        expect(hhi).toBeGreaterThanOrEqual(10_000 / revenues.length - 1e-6);
        expect(hhi).toBeLessThanOrEqual(10_000);
      }),
    );
  });
});
