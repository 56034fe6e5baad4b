export * from './commands/command-definition.js';
export * from './ledger/capability.js';
export * from './ledger/ledger-settings.js';
export * from './ledger/tokens.js';
export * from './queries/list.js';
export * from './queries/metric-source.js';
