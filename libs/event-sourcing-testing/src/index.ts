export * from './keyed-store.conformance.js';
export * from './read-store.conformance.js';
