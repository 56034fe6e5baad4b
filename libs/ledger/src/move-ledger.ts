import { setTimeout } from 'node:timers/promises';
import { type LedgerOpenedData, ReadProgress } from '#platform';
import { type CopyAnswer, type CopyOptions, copyLedger, TransferRefused } from '#transfer';
import { composeLedger, sleep } from './ledger.js';
import {
  isInBackup,
  isInFolderOf,
  isSamePlace,
  keepsStores,
  type LedgerPlace,
  ledgerStamp,
  openExisting,
  openTarget,
} from './ledger-place.js';
import { positionIfReachable } from './projector-catch-up.js';

/** How long a server that is away, or does not answer, is waited for while a ledger is copied, in milliseconds. */
export const COPY_PATIENCE: CopyOptions['patience'] = {
  unavailable: 30_000,
  unknown: 60_000,
  sleep: (milliseconds) => setTimeout(milliseconds),
  elapsed: () => performance.now(),
};

export type MoveOptions = Pick<CopyOptions, 'compareAll' | 'onProgress' | 'positions' | 'signal'>;

export interface MoveAnswer extends CopyAnswer {
  readonly ledger: LedgerOpenedData;
}

/** Copies a ledger, without its read models, from one place to another. The errors are those of `copyLedger`. */
export async function moveLedger(from: LedgerPlace, to: LedgerPlace, options: MoveOptions): Promise<MoveAnswer> {
  if (isSamePlace(from, to)) throw new TransferRefused('Source and target are the same place, or share a store.');
  if (keepsStores(to) && isInFolderOf(from, to.config.dataDir)) {
    throw new TransferRefused('The target lies in the folder of the source: name one outside of it.');
  }
  if (keepsStores(to) && isInBackup(to.config.dataDir)) {
    throw new TransferRefused(`${to.config.dataDir} lies in the folder of a backup: name one outside of it.`);
  }
  const source = await openExisting(from);
  try {
    const ledger = await ledgerStamp(source);
    const target = await openTarget(to);
    try {
      return { ledger, ...(await copyLedger({ source, target, ...options, patience: COPY_PATIENCE })) };
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Between two looks at how far the read models are, in milliseconds. */
const LOOK_INTERVAL = 200;

/**
 * Brings the read models of a ledger to where its log ends now, unless it is called off before.
 * @param ledger its stamp
 * @param onShare told the share of the log that is in the read models, from 0 to 1
 */
export async function makeReadModels(
  { config }: LedgerPlace,
  ledger: LedgerOpenedData,
  signal: AbortSignal,
  onShare: (share: number) => void,
): Promise<void> {
  const composed = await composeLedger({ ...config, ...ledger });
  const done = new AbortController();
  try {
    await composed.start();
    const head = Number((await composed.eventStore.head()) ?? 1n);
    const progress = new ReadProgress(composed.readStore, composed.projections);
    const projecting = composed.projectUpToDate(signal).finally(() => done.abort());
    const telling = tellShares(progress, head, done.signal, onShare);
    // Nobody may be at work in the stores when they are closed.
    await Promise.all([projecting, telling]).finally(() => Promise.allSettled([projecting]));
  } finally {
    await composed.close();
  }
}

/** Until the signal is aborted. A store that is away is looked at again: whoever makes the read models waits for it, too. */
async function tellShares(
  progress: ReadProgress,
  head: number,
  signal: AbortSignal,
  onShare: (share: number) => void,
): Promise<void> {
  while (!signal.aborted) {
    const position = await positionIfReachable(progress);
    if (position !== undefined) onShare(Math.min(1, Number(position) / head));
    await sleep(LOOK_INTERVAL, signal);
  }
}
