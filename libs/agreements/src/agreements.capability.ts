import type { Capability } from '#platform';
import { adoptPlan } from './adopt-plan.js';
import { agreementsDecider } from './agreements.decider.js';
import { agreementsEvents } from './agreements.events.js';
import { lapseAgreement } from './lapse-agreement.js';
import { agreementsProjection } from './projections/agreements.projection.js';
import { jointPlansProjection } from './projections/joint-plans.projection.js';
import { signAgreement } from './sign-agreement.js';

/** Agreements with their terms, and joint plans. */
export const agreementsCapability: Capability = {
  name: 'agreements',
  events: agreementsEvents,
  deciders: [{ subject: 'account', decider: agreementsDecider }],
  commands: [signAgreement, lapseAgreement, adoptPlan],
  projections: () => [agreementsProjection, jointPlansProjection],
};
