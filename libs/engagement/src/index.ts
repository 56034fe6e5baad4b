export * from './engagement.capability.js';
export * from './engagement.module.js';
export { logVisit } from './log-visit.js';
export { setCadence } from './set-cadence.js';
export { type Cadence, type VisitDue, visitDue } from './visit-due.js';
