import type { EventStore, RecordedEvent } from '#event-sourcing';
import { ChainCheck, type ChainFault } from './chain-check.js';
import { FingerprintSet } from './fingerprint-set.js';
import { type OnTransferProgress, WalkProgress } from './transfer-progress.js';

/** What a whole log came to. */
export interface LogVerification {
  readonly events: number;
  readonly streams: number;
  /** Position of the last event looked at; 0 for an empty log. */
  readonly head: bigint;
  /** How much is wrong, and the first of it. */
  readonly faultCount: number;
  readonly faults: readonly ChainFault[];
}

const SHOWN_FAULTS = 20;
/** So many ids that seem to stand twice are looked up. */
const LOOKED_UP_IDS = 1_000;

/**
 * Goes through a log up to where it ends now: every hash recomputed and linked, revisions without gaps, times of record
 * that never decrease, no id twice in a stream. Takes about 300 bytes of memory a stream and 13 to 27 an event.
 * @throws TransferInterrupted, StoreUnavailable
 */
export async function verifyLog(
  store: Pick<EventStore, 'head' | 'readAll' | 'readStream'>,
  signal: AbortSignal,
  onProgress: OnTransferProgress,
): Promise<LogVerification> {
  const end = (await store.head()) ?? 0n;
  const walk = new WalkProgress('verifying', 0n, end, signal, onProgress);
  const chain = new ChainCheck();
  const ids = new FingerprintSet();
  const suspects: RecordedEvent[] = [];
  const faults: ChainFault[] = [];
  let [faultCount, head] = [0, 0n];
  for await (const event of store.readAll()) {
    if (event.position > end) break;
    head = event.position;
    walk.passed(head);
    const fault = await chain.fault(event);
    if (ids.add(event.id) && suspects.length < LOOKED_UP_IDS) suspects.push(event);
    if (fault === undefined) continue;
    faultCount += 1;
    if (faults.length < SHOWN_FAULTS) faults.push(fault);
  }
  for (const event of suspects) {
    const earlier = await earlierWithSameId(store, event);
    if (earlier === undefined) continue;
    faultCount += 1;
    const { stream, revision, position, id } = event;
    const complaint = `carries the id ${id} of revision ${earlier}`;
    if (faults.length < SHOWN_FAULTS) faults.push({ stream, revision, position, code: 'duplicate-id', complaint });
  }
  return { events: walk.events, streams: chain.streams, head, faultCount, faults };
}

async function earlierWithSameId(
  store: Pick<EventStore, 'readStream'>,
  { id, revision, stream }: RecordedEvent,
): Promise<number | undefined> {
  for await (const event of store.readStream(stream, { limit: revision })) {
    if (event.revision >= revision) return undefined;
    if (event.id === id) return event.revision;
  }
  return undefined;
}
