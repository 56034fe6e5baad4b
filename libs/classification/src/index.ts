export * from './classification.capability.js';
export * from './classification.module.js';
export { isMetricId, METRIC_IDS } from './metric-ids.js';
export { PolicyCatalog } from './policies/policy-catalog.js';
export { Populations } from './rankings/populations.js';
export { type DatedRanking, Rankings } from './rankings/rankings.js';
