export * from './civil-date.js';
export * from './instant.js';
export * from './period.js';
