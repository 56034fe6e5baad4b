export * from './decider-specification.js';
export * from './event-store.conformance.js';
export * from './keyed-store.conformance.js';
export * from './projection-model.js';
export * from './read-store.conformance.js';
export * from './recorded-history.js';
export * from './sample-events.js';
