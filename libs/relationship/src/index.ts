export * from './relationship.capability.js';
export * from './relationship.module.js';
export { DEFAULT_STAGE_REQUIREMENTS, type GuardId } from './stage-guards.js';
