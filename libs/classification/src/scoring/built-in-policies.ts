import type { Criterion, Policy, Scale } from '../classification.events.js';

/** A policy that every ledger has from the start, as version 1. */
export interface BuiltInPolicy {
  readonly policyId: string;
  readonly policy: Policy;
  /** Null: published, but never in force by itself. */
  readonly effectiveFrom: string | null;
}

function criterion(key: string, metric: string, weight: number, scale: Scale): Criterion {
  return { key, metric, weight, missing: 'exclude', scale };
}

const DECILES: Scale = { type: 'quantile', bins: 10 };
const JUDGEMENT: Scale = { type: 'judgement' };

/** What ranks a new ledger (formulas.md, "Score, rank, tier"). */
const STANDARD: Policy = {
  name: 'Standard',
  windowMonths: 12,
  gates: [{ metric: 'activeMonths', op: '>=', value: 6 }],
  criteria: [
    criterion('revenue', 'revenue', 25, DECILES),
    criterion('grossProfit', 'grossProfit', 15, DECILES),
    criterion('activeMonths', 'activeMonths', 15, { type: 'bands', bounds: [0, 1, 2, 3, 4, 6, 8, 9, 11, 12] }),
    criterion('revenueGrowth', 'revenueGrowth', 10, { type: 'linear', min: -0.5, max: 1 }),
    criterion('revenueStability', 'revenueStability', 5, { type: 'linear', min: 0, max: 1 }),
    criterion('csat', 'csat', 10, { type: 'linear', min: 60, max: 100 }),
    criterion('potential', 'appraisal:potential', 10, JUDGEMENT),
    criterion('strategic-fit', 'appraisal:strategic-fit', 10, JUDGEMENT),
  ],
  minCoverage: 0,
  selection: { cumulativeRevenue: 0.5, requireGates: true },
  tiers: [{ tier: 'key', selected: true }, { tier: 'potential', minScore: 7 }, { tier: 'regular' }],
};

/** An example of hard thresholds. Its one criterion is scaled by deciles, which leaves nobody out of `minScore: 1`. */
const S3_THRESHOLDS: Policy = {
  name: 'Hard thresholds',
  windowMonths: 12,
  gates: [
    { metric: 'revenue', op: '>', value: 1_000_000 },
    { metric: 'activeMonths', op: '>=', value: 12 },
    { metric: 'profitShare', op: '>=', value: 0.2 },
  ],
  criteria: [criterion('revenue', 'revenue', 1, DECILES)],
  minCoverage: 0,
  selection: { minScore: 1, requireGates: true },
  tiers: [{ tier: 'key', selected: true }, { tier: 'regular' }],
};

export const BUILT_IN_POLICIES: readonly BuiltInPolicy[] = [
  { policyId: 'standard', policy: STANDARD, effectiveFrom: '0001-01-01' },
  { policyId: 's3-thresholds', policy: S3_THRESHOLDS, effectiveFrom: null },
];
