export { accountsCapability } from './accounts.capability.js';
export { type AccountsState, teamHolds } from './accounts.decider.js';
export { AccountsModule } from './accounts.module.js';
export { completeAccount } from './complete-account.js';
export { ensureAccount } from './ensure-account.js';
export { ReadStoreAccountDirectory } from './read-store-account-directory.js';
export { registerAccount } from './register-account.js';
