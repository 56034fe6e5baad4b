import type { Capability } from '#platform';
import { appraisalMetrics } from './appraisal-metrics.js';
import { classificationDecider } from './classification.decider.js';
import { classificationEvents } from './classification.events.js';
import { appraiseAccount } from './commands/appraise-account.js';
import { approveVersion } from './commands/approve-version.js';
import { draftPolicy } from './commands/draft-policy.js';
import { draftVersion } from './commands/draft-version.js';
import { publishVersion } from './commands/publish-version.js';
import { retireVersion } from './commands/retire-version.js';
import { policiesDecider } from './policies.decider.js';
import { appraisalDaysProjection, appraisalsProjection } from './projections/appraisals.projection.js';
import { policyVersionsProjection } from './projections/policy-versions.projection.js';

/** Policies, judgements, and the rankings that come of them. */
export const classificationCapability: Capability = {
  name: 'classification',
  events: classificationEvents,
  deciders: [
    { subject: 'account', decider: classificationDecider },
    { subject: 'policy', decider: policiesDecider },
  ],
  commands: [appraiseAccount, draftPolicy, draftVersion, approveVersion, publishVersion, retireVersion],
  projections: ({ calendar }) => [
    appraisalsProjection,
    appraisalDaysProjection(calendar),
    policyVersionsProjection(calendar),
  ],
  metrics: appraisalMetrics,
};
