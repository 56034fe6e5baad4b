export * from './agreements.capability.js';
export * from './agreements.module.js';
