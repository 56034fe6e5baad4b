export * from './database-files.js';
export * from './driver-thread.js';
export * from './migrate.js';
export * from './open-database.js';
export * from './sqlite-errors.js';
export * from './transaction.js';
export * from './write-ahead-log.js';
