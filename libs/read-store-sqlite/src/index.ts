export * from './sqlite-keyed-store.js';
export * from './sqlite-read-store.js';
export * from './sqlite-snapshot-store.js';
