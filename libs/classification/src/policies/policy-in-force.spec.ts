import { describe, expect, test } from '@jest/globals';
import { BUILT_IN_POLICIES } from '../scoring/built-in-policies.js';
import { newestPublished, type PolicyVersion, policyInForce } from './policy-in-force.js';

const { policy } = BUILT_IN_POLICIES[0]!;

function version(policyId: string, number: number, change: Partial<PolicyVersion> = {}): PolicyVersion {
  const published = { status: 'published', effectiveDay: 0, publication: 1n, retiredDay: null } as const;
  return { policyId, version: number, policy, ...published, ...change };
}

const STANDARD = version('standard', 1, { effectiveDay: -719_162, publication: -1n });

function inForce(versions: readonly PolicyVersion[], day: number): string | undefined {
  const found = policyInForce([STANDARD, ...versions], day);
  return found && `${found.policyId}.${found.version}`;
}

describe('the policy in force', () => {
  test('is the built-in one until another is', () => {
    expect(inForce([], 20_000)).toBe('standard.1');
    expect(inForce([version('a', 1, { effectiveDay: 100 })], 99)).toBe('standard.1');
    expect(inForce([version('a', 1, { effectiveDay: 100 })], 100)).toBe('a.1');
  });

  test('begins latest, over all policies', () => {
    const versions = [
      version('a', 2, { effectiveDay: 300, publication: 5n }),
      version('a', 3, { effectiveDay: 100, publication: 9n }),
      version('b', 1, { effectiveDay: 200, publication: 7n }),
    ];
    expect([99, 100, 200, 299, 300].map((day) => inForce(versions, day))).toEqual([
      'standard.1',
      'a.3',
      'b.1',
      'b.1',
      'a.2',
    ]);
  });

  test('of the same day the later publication wins, also over the built-in one', () => {
    const versions = [
      version('a', 9, { publication: 5n }),
      version('b', 1, { publication: 6n }),
      version('c', 1, { publication: 4n }),
    ];
    expect(inForce(versions, 0)).toBe('b.1');
    expect(inForce([version('a', 1, { effectiveDay: STANDARD.effectiveDay, publication: 0n })], 0)).toBe('a.1');
  });

  test('is not one that is no more than drafted or approved, or never in force by itself', () => {
    const unpublished = { effectiveDay: null, publication: -1n };
    expect(
      inForce([version('a', 1, { ...unpublished, status: 'draft' }), version('s3-thresholds', 1, unpublished)], 100),
    ).toBe('standard.1');
  });

  test('was a retired one until the day of its retirement', () => {
    const versions = [
      version('a', 1, { effectiveDay: 100, status: 'retired', retiredDay: 200 }),
      version('b', 1, { effectiveDay: 50 }),
    ];
    expect([60, 199, 200].map((day) => inForce(versions, day))).toEqual(['b.1', 'a.1', 'b.1']);
  });
});

test('the newest published version is by number, not by date', () => {
  const versions = [
    version('a', 1, { effectiveDay: 300 }),
    version('a', 2, { effectiveDay: 100 }),
    version('a', 3, { status: 'retired', retiredDay: 5 }),
    version('a', 4, { status: 'draft', effectiveDay: null }),
    version('b', 7),
  ];
  expect(newestPublished(versions, 'a')?.version).toBe(2);
  expect(newestPublished(versions, 'c')).toBeUndefined();
});
