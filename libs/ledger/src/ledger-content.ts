import { UnreadableEvent } from '#event-sourcing';
import type { LedgerOpenedData } from '#platform';
import { countKeys, type LogVerification, type OnTransferProgress, TransferRefused, verifyLog } from '#transfer';
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

/** What a ledger holds that may be broken also where it tells its time zone and currency, which are then unknown. */
export type VerifiedLedger = Omit<LedgerContent, 'ledger'> & { readonly ledger: LedgerOpenedData | undefined };

/** Goes through the whole log of a ledger, which may be in use. @throws TransferRefused, TransferInterrupted, StoreUnavailable */
export async function verifyLedger(
  place: LedgerPlace,
  signal: AbortSignal,
  onProgress: OnTransferProgress,
): Promise<VerifiedLedger> {
  const stores = await openExisting(place);
  try {
    const held = await heldBy(stores, signal, onProgress);
    return { ledger: await stampBeside(held.log, stores), ...held };
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
    const ledger = await ledgerStamp(stores);
    return { ledger, ...(await heldBy(stores, signal, onProgress)) };
  } finally {
    await stores.close();
    sealFiles(folder);
  }
}

async function heldBy(
  { eventStore, keyedStore }: OpenPlace,
  signal: AbortSignal,
  onProgress: OnTransferProgress,
): Promise<Pick<LedgerContent, 'log' | 'keys'>> {
  return { log: await verifyLog(eventStore, signal, onProgress), keys: await countKeys(keyedStore) };
}

async function stampBeside(log: LogVerification, stores: OpenPlace): Promise<LedgerOpenedData | undefined> {
  try {
    return await ledgerStamp(stores);
  } catch (error) {
    // The faults found tell why, and more than this one would.
    const isTold = log.faultCount > 0 && (error instanceof UnreadableEvent || error instanceof TransferRefused);
    if (isTold) return undefined;
    throw error;
  }
}
