export * from './event-store.conformance.js';
export * from './keyed-store.conformance.js';
export * from './read-store.conformance.js';
export * from './sample-events.js';
