import type { Capability } from '#platform';
import { engagementDecider } from './engagement.decider.js';
import { engagementEvents } from './engagement.events.js';
import { engagementMetrics } from './engagement.metrics.js';
import { logVisit } from './log-visit.js';
import { cadencesProjection } from './projections/cadences.projection.js';
import { visitDaysProjection } from './projections/visit-days.projection.js';
import { visitTotalsProjection } from './projections/visit-totals.projection.js';
import { visitsProjection } from './projections/visits.projection.js';
import { setCadence } from './set-cadence.js';

/** Visits, and how often an account is to be visited. */
export const engagementCapability: Capability = {
  name: 'engagement',
  events: engagementEvents,
  deciders: [{ subject: 'account', decider: engagementDecider }],
  commands: [logVisit, setCadence],
  projections: ({ calendar }) => [
    visitsProjection,
    visitDaysProjection(calendar),
    visitTotalsProjection(calendar),
    cadencesProjection(calendar),
  ],
  metrics: engagementMetrics,
};
