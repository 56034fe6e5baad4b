import type { EventToAppend } from '../event.js';
import {
  AppendOutcomeUnknown,
  type AppendResult,
  type EventStore,
  type ExpectedRevision,
  StoreUnavailable,
} from '../event-store.js';

/** How long a store that fails is asked again, in milliseconds. */
export interface AppendPatience {
  /** Where nothing was stored yet. */
  readonly unavailable: number;
  /** Where the answer got lost, so that nobody knows. */
  readonly unknown: number;
  sleep(milliseconds: number): Promise<void>;
  /** Milliseconds of a clock that only goes forwards. */
  elapsed(): number;
}

/** Between two tries, in milliseconds; each pause is twice the one before. */
export const FIRST_PAUSE = 20;
export const LONGEST_PAUSE = 500;

/**
 * Appends, and asks again with the same ids, bytes and original expected revision as long as the store is away or its
 * answer got lost: that is taken once, however often it is said.
 * @throws StoreUnavailable when nothing was appended, AppendOutcomeUnknown when patience ran out before that was settled
 */
export async function settledAppend(
  store: EventStore,
  stream: string,
  expected: ExpectedRevision,
  events: readonly EventToAppend[],
  patience: AppendPatience,
): Promise<AppendResult> {
  const start = patience.elapsed();
  let unknown: AppendOutcomeUnknown | undefined;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    try {
      return await store.append(stream, expected, events);
    } catch (error) {
      if (error instanceof AppendOutcomeUnknown) unknown = error;
      else if (!(error instanceof StoreUnavailable)) throw error;
      const spent = patience.elapsed() - start;
      if (spent >= (unknown === undefined ? patience.unavailable : patience.unknown)) throw unknown ?? error;
    }
    await patience.sleep(pause);
  }
}
