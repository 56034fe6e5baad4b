import { IsOptional } from 'class-validator';
import { defineCommand, IsIdentifier } from '#platform';
import { PolicyBody } from '../policies/policy-body.js';
import { versionAnswer, withPolicy } from '../policies/policy-commands.js';

export class DraftPolicy extends PolicyBody {
  @IsOptional()
  @IsIdentifier()
  policyId?: string;
}

export const draftPolicy = defineCommand({
  type: 'draft-policy',
  summary: 'Draft version 1 of a new policy; with effectiveFrom an administrator publishes it at once',
  body: DraftPolicy,
  subject: 'policy',
  permission: 'policy-drafts',
  creates: { field: 'policyId', prefix: 'pol' },
  prepare: async (data) => withPolicy(data),
  answer: (events, data) => versionAnswer(events, data, data.effectiveFrom === undefined ? 'draft' : 'published'),
  example: {
    policyId: 'net-revenue',
    name: 'Net revenue over all history',
    windowMonths: null,
    gates: [{ metric: 'orderCount', op: '>=', value: 2 }],
    criteria: [
      { key: 'revenue', metric: 'revenue', weight: 1, missing: 'exclude', scale: { type: 'quantile', bins: 10 } },
    ],
    minCoverage: 0,
    selection: { top: 20, requireGates: true },
    tiers: [{ tier: 'key', selected: true }, { tier: 'regular' }],
    effectiveFrom: '2011-01-01',
  },
});
