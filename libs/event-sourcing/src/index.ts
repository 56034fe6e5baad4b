export * from './decider.js';
export * from './event.js';
export * from './event-store.js';
export * from './json.js';
export * from './keyed-store.js';
export * from './projection.js';
export * from './read-store.js';
