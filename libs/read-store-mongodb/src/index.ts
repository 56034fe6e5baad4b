export { checkMongoUrl } from './mongo-connection.js';
export * from './mongo-keyed-store.js';
export * from './mongo-read-store.js';
export * from './mongo-snapshot-store.js';
