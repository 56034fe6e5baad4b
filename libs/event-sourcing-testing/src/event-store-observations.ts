import { expect } from '@jest/globals';
import type {
  AppendResult,
  EventBatch,
  EventStore,
  EventToAppend,
  ExpectedRevision,
  RecordedEvent,
} from '#event-sourcing';
import { sampleEvents, uniqueStream } from './sample-events.js';

export type Appended = Extract<AppendResult, { outcome: 'appended' }>;

/** Appends and expects that to succeed. */
export async function appended(
  store: EventStore,
  stream: string,
  expected: ExpectedRevision,
  events: readonly EventToAppend[],
): Promise<Appended> {
  const result = await store.append(stream, expected, events);
  if (result.outcome !== 'appended') throw new Error('the append conflicted');
  return result;
}

export async function toArray<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export function idsOf(events: readonly { readonly id: string }[]): string[] {
  return events.map(({ id }) => id);
}

/** The log's newest position, as a place to begin from: what comes after it is appended from now on. */
export async function currentEnd(store: EventStore): Promise<bigint> {
  return (await store.head()) ?? (await appended(store, uniqueStream(), 'no-stream', sampleEvents(1))).position;
}

/**
 * Follows the log in `store` until `enough` says so of the batches so far, then ends the subscription; expects that to
 * end the iteration without an error.
 */
export async function follow(
  store: EventStore,
  options: { readonly after?: bigint; readonly batchSize?: number },
  enough: (batches: readonly EventBatch[], events: readonly RecordedEvent[]) => boolean | Promise<boolean>,
): Promise<{ batches: EventBatch[]; events: RecordedEvent[] }> {
  const stop = new AbortController();
  const batches: EventBatch[] = [];
  const events: RecordedEvent[] = [];
  for await (const batch of store.subscribe({ ...options, signal: stop.signal })) {
    batches.push(batch);
    events.push(...batch.events);
    if (await enough(batches, events)) stop.abort();
  }
  return { batches, events };
}

/** Expects what holds for any run of batches: order, bounds, and positions that cover what was delivered. */
export function expectOrderly(batches: readonly EventBatch[], after: bigint | undefined): void {
  let covered = after;
  for (const { events, position } of batches) {
    let previous = covered;
    for (const event of events) {
      if (previous !== undefined) expect(event.position).toBeGreaterThan(previous);
      previous = event.position;
    }
    if (previous !== undefined) expect(position).toBeGreaterThanOrEqual(previous);
    covered = position;
  }
}
