export * from './backup-manifest.js';
export type { ChainFault } from './chain-check.js';
export * from './copy-keys.js';
export * from './copy-ledger.js';
export {
  type OnTransferProgress,
  TransferInterrupted,
  type TransferPhase,
  type TransferProgress,
} from './transfer-progress.js';
export * from './transfer-refused.js';
export * from './verify-log.js';
