import type { LedgerOpenedData } from '#platform';
import { countKeys, type LogVerification, type OnTransferProgress, verifyLog } from '#transfer';
import { sealFiles } from './embedded-files.js';
import { type LedgerPlace, ledgerStamp, type OpenPlace, openEmbedded, openExisting } from './ledger-place.js';

/** What a ledger holds, gone through as a whole. */
export interface LedgerContent {
  readonly ledger: LedgerOpenedData;
  /** What is wrong with the log stands in it. */
  readonly log: LogVerification;
  /** How many keys of each kind. */
  readonly keys: Readonly<Record<string, number>>;
}

/** Goes through the whole log of a ledger, which may be in use. @throws TransferRefused, TransferInterrupted, StoreUnavailable */
export async function verifyLedger(
  place: LedgerPlace,
  signal: AbortSignal,
  onProgress: OnTransferProgress,
): Promise<LedgerContent> {
  const stores = await openExisting(place);
  try {
    return await contentOf(stores, signal, onProgress);
  } finally {
    await stores.close();
  }
}

/** Goes through an embedded ledger that nobody else uses, and leaves it sealed. */
export async function embeddedContent(
  folder: string,
  signal: AbortSignal,
  onProgress: OnTransferProgress,
): Promise<LedgerContent> {
  const stores = await openEmbedded(folder);
  try {
    return await contentOf(stores, signal, onProgress);
  } finally {
    await stores.close();
    sealFiles(folder);
  }
}

async function contentOf(
  stores: OpenPlace,
  signal: AbortSignal,
  onProgress: OnTransferProgress,
): Promise<LedgerContent> {
  const ledger = await ledgerStamp(stores);
  const log = await verifyLog(stores.eventStore, signal, onProgress);
  return { ledger, log, keys: await countKeys(stores.keyedStore) };
}
