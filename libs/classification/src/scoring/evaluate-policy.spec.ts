import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MetricValue } from '#platform';
import type { Criterion, Policy } from '../classification.events.js';
import type { PolicyBody } from '../policies/policy-body.js';
import { policyForm } from '../policies/policy-form.js';
import { BUILT_IN_POLICIES } from './built-in-policies.js';
import { evaluatePolicy, type Population } from './evaluate-policy.js';
import { standingOf } from './standing.js';

type Row = Readonly<Record<string, MetricValue>>;

function population(accounts: Readonly<Record<string, Row>>): Population {
  const accountIds = Object.keys(accounts).sort();
  return { accountIds, column: (metric) => accountIds.map((id) => accounts[id]?.[metric] ?? null) };
}

function ranked(policy: Policy, accounts: Readonly<Record<string, Row>>) {
  const all = population(accounts);
  const ranking = evaluatePolicy(policy, all);
  return Array.from(ranking.order, (index) => ({
    accountId: all.accountIds[index]!,
    ...standingOf(ranking, all, index, {}),
  }));
}

const JUDGED: Criterion = {
  key: 'fit',
  metric: 'appraisal:fit',
  weight: 2,
  missing: 'exclude',
  scale: { type: 'judgement' },
};
const POTENTIAL: Criterion = { ...JUDGED, key: 'potential', metric: 'appraisal:potential', weight: 1 };
const POLICY: Policy = {
  name: 'Two judgements',
  windowMonths: 12,
  gates: [{ metric: 'revenue', op: '>', value: '10' }],
  criteria: [JUDGED, POTENTIAL],
  minCoverage: 0.5,
  selection: { minScore: 6, requireGates: true },
  tiers: [{ tier: 'key', selected: true }, { tier: 'regular' }],
};

describe('evaluating a policy', () => {
  test('a small ledger, worked out by hand', () => {
    const rows = ranked(POLICY, {
      a: { revenue: 20_000_000n, 'appraisal:fit': 9, 'appraisal:potential': 6 },
      b: { revenue: 10_000_000n, 'appraisal:fit': 8, 'appraisal:potential': 8 },
      c: { revenue: 30_000_000n, 'appraisal:fit': 8 },
      d: { revenue: 90_000_000n, 'appraisal:potential': 10 },
      e: {},
    });
    expect(
      rows.map(({ accountId, rank, score, tier, candidate, noScore }) => [
        accountId,
        rank,
        score,
        tier,
        candidate,
        noScore,
      ]),
    ).toEqual([
      // All three score 8: revenue decides. b is at the gate, not above it.
      ['c', 1, 8, 'key', true, null],
      ['a', 2, 8, 'key', true, null],
      ['b', 3, 8, 'regular', false, null],
      ['d', null, null, 'regular', false, 'coverage'],
      ['e', null, null, 'regular', false, 'nothing-known'],
    ]);
    expect(rows[1]).toMatchObject({
      coverage: 1,
      gates: [{ metric: 'revenue', op: '>', value: '10', actual: '20', passed: true }],
      contributions: [
        { criterion: 'fit', metric: 'appraisal:fit', raw: 9, points: 9, weight: 2, contribution: 6 },
        { criterion: 'potential', metric: 'appraisal:potential', raw: 6, points: 6, weight: 1, contribution: 2 },
      ],
    });
    expect(rows[0]?.contributions[1]).toEqual({
      criterion: 'potential',
      metric: 'appraisal:potential',
      raw: null,
      points: null,
      weight: 1,
      contribution: null,
    });
    expect(rows[3]?.coverage).toBeCloseTo(1 / 3, 15);
  });

  test('a criterion that blocks says why there is no score', () => {
    const policy: Policy = { ...POLICY, criteria: [JUDGED, { ...POTENTIAL, missing: 'block' }] };
    const [row] = ranked(policy, { a: { revenue: 1n, 'appraisal:fit': 9 } });
    expect(row).toMatchObject({ rank: null, score: null, noScore: 'criterion-missing' });
    expect(row?.contributions[0]).toMatchObject({ points: 9, contribution: null });
  });

  test('nobody at all', () => {
    expect(ranked(POLICY, {})).toEqual([]);
  });

  const cell = fc.option(fc.integer({ min: 1, max: 10 }));
  const account = fc.record({
    revenue: fc.option(fc.bigInt({ min: -5n, max: 5n })),
    'appraisal:fit': cell,
    'appraisal:potential': cell,
    activeMonths: fc.option(fc.integer({ min: 0, max: 12 })),
  });
  const ledger = fc.dictionary(
    fc.stringMatching(/^[a-zA-Z0-9._-]{1,3}$/).filter((id) => id !== '__proto__'),
    account,
    { maxKeys: 25 },
  );
  const policy: Policy = {
    ...POLICY,
    criteria: [
      JUDGED,
      { ...POTENTIAL, missing: 'lowest' },
      { key: 'revenue', metric: 'revenue', weight: 3.5, missing: 'exclude', scale: { type: 'quantile', bins: 4 } },
      {
        key: 'months',
        metric: 'activeMonths',
        weight: 1,
        missing: 'exclude',
        scale: { type: 'linear', min: 0, max: 12 },
      },
    ],
    minCoverage: 0.4,
  };

  test('ranks are 1 to n without a gap, and order all accounts', () => {
    fc.assert(
      fc.property(ledger, (accounts) => {
        const rows = ranked(policy, accounts);
        expect(rows.map(({ accountId }) => accountId).sort()).toEqual(Object.keys(accounts).sort());
        const scored = rows.filter(({ score }) => score !== null);
        expect(scored.map(({ rank }) => rank)).toEqual(scored.map((_, place) => place + 1));
        expect(rows.slice(scored.length).every(({ rank, noScore }) => rank === null && noScore !== null)).toBe(true);
        scored.slice(1).forEach((row, index) => {
          const above = scored[index]!;
          const key = ({ accountId, score }: typeof row) =>
            [score!, accounts[accountId]?.revenue ?? -(10n ** 9n), accountId] as const;
          const [aboveScore, aboveRevenue, aboveId] = key(above);
          const [score, revenue, id] = key(row);
          const ordered =
            aboveScore > score ||
            (aboveScore === score && (aboveRevenue > revenue || (aboveRevenue === revenue && aboveId < id)));
          expect(ordered).toBe(true);
        });
      }),
    );
  });

  test('contributions sum to the score, and a score lies between 1 and 10', () => {
    fc.assert(
      fc.property(ledger, (accounts) => {
        for (const { score, contributions } of ranked(policy, accounts)) {
          if (score === null) continue;
          expect(contributions.reduce((sum, { contribution }) => sum + (contribution ?? 0), 0)).toBeCloseTo(score, 10);
          expect(score).toBeGreaterThanOrEqual(1);
          expect(score).toBeLessThanOrEqual(10);
        }
      }),
    );
  });
});

describe('the built-in policies', () => {
  test.each(BUILT_IN_POLICIES.map(({ policyId, policy }) => [policyId, policy] as const))(
    '%s is well-formed',
    (_, policy) => {
      const { selection, ...body } = policy;
      expect(policyForm({ ...body, selection } as unknown as PolicyBody)).toEqual({ policy });
    },
  );

  test('standard: the weights sum to 100, and a young ledger without appraisals ranks', () => {
    const standard = BUILT_IN_POLICIES[0]!.policy;
    expect(standard.criteria.reduce((sum, { weight }) => sum + weight, 0)).toBe(100);
    const [first, second] = ranked(standard, {
      big: { revenue: 900n, activeMonths: 12, revenueGrowth: null },
      small: { revenue: 100n, activeMonths: 5, revenueGrowth: null },
    });
    // 25 × 10 and 15 × 10 over 40; 25 × 1 and 15 × 5 over 40.
    expect(first).toMatchObject({ accountId: 'big', score: 10, coverage: 0.4, tier: 'key', candidate: true });
    expect(second).toMatchObject({ accountId: 'small', score: 2.5, coverage: 0.4, tier: 'regular', candidate: false });
  });

  test('s3-thresholds: exactly on its thresholds', () => {
    const thresholds = BUILT_IN_POLICIES[1]!.policy;
    const micros = 1_000_000n;
    const rows = ranked(thresholds, {
      above: { revenue: 1_000_000n * micros + 1n, activeMonths: 12, profitShare: 0.2 },
      at: { revenue: 1_000_000n * micros, activeMonths: 12, profitShare: 0.2 },
      idle: { revenue: 2_000_000n * micros, activeMonths: 11, profitShare: 0.5 },
      poor: { revenue: 2_000_000n * micros, activeMonths: 12, profitShare: 0.1999 },
    });
    expect(rows.filter(({ candidate }) => candidate).map(({ accountId, tier }) => [accountId, tier])).toEqual([
      ['above', 'key'],
    ]);
  });
});
