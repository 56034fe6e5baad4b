import { IsOptional } from 'class-validator';
import { defineCommand, IsIdentifier } from '#platform';
import { PolicyBody } from '../policies/policy-body.js';
import { versionAnswer, withPolicy } from '../policies/policy-commands.js';

export class DraftVersion extends PolicyBody {
  /** May repeat the policy's id of the path. */
  @IsOptional()
  @IsIdentifier()
  policyId?: string;
}

export const draftVersion = defineCommand({
  type: 'draft-version',
  makesNew: true,
  summary: 'Draft the next version of a policy; with effectiveFrom an administrator publishes it at once',
  body: DraftVersion,
  subject: 'policy',
  permission: 'policy-drafts',
  prepare: async (data) => withPolicy(data),
  answer: (events, data) => versionAnswer(events, data, 'draft'),
  example: {
    name: 'Revenue and potential',
    windowMonths: 12,
    criteria: [
      { key: 'revenue', metric: 'revenue', weight: 3, scale: { type: 'quantile', bins: 10 } },
      { key: 'potential', metric: 'appraisal:potential', weight: 1, missing: 'lowest', scale: { type: 'judgement' } },
    ],
    selection: { cumulativeRevenue: 0.8, requireGates: false },
    tiers: [{ tier: 'key', selected: true }, { tier: 'regular' }],
  },
});
