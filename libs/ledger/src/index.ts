export * from './admin-key.js';
export * from './capabilities.js';
export * from './ledger.js';
export * from './projector.js';
export * from './projector-thread.js';
