import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '#event-sourcing';
import { InMemoryEventStore, recordedHistory } from '#event-sourcing-testing';
import { COUNTED_LAG, lagsBehind } from './projection-lag.js';

const now = () => '2026-01-01T00:10:00.000Z';

/** A log of so many events at the positions 10, 20, 30 …, the n-th of them recorded n seconds after midnight. */
function logOf(count: number): RecordedEvent[] {
  const facts = Array.from({ length: count }, (_, index) => {
    const occurredAt = new Date(Date.UTC(2026, 0, 1, 0, 0, index + 1)).toISOString();
    return ['account-1', { type: 'sample-taken.v1', data: {}, occurredAt }] as const;
  });
  return recordedHistory(facts);
}

/** A store that counts its passes over the log. */
class CountingStore extends InMemoryEventStore {
  passes = 0;

  override readAll(...given: Parameters<InMemoryEventStore['readAll']>) {
    this.passes += 1;
    return super.readAll(...given);
  }
}

describe('The lag behind a position', () => {
  it('is the events after it and the age of the oldest', async () => {
    const store = new CountingStore(logOf(5));
    const lags = await lagsBehind(store, [0n, 20n, 25n, 50n, 90n], now);
    expect(Object.fromEntries(lags)).toEqual({
      0: { events: 5, seconds: 599 },
      20: { events: 3, seconds: 597 },
      25: { events: 3, seconds: 597 },
      50: { events: 0, seconds: 0 },
      90: { events: 0, seconds: 0 },
    });
    expect(store.passes).toBe(1);
  });

  it('is counted up to the bound, wherever the positions are', async () => {
    const count = 3 * COUNTED_LAG;
    const store = new CountingStore(logOf(count));
    const positions = [0, 1, COUNTED_LAG, COUNTED_LAG + 1, count - COUNTED_LAG - 1, count - 2, count];
    const lags = await lagsBehind(
      store,
      positions.map((n) => BigInt(10 * n)),
      now,
    );
    expect(positions.map((n) => lags.get(BigInt(10 * n))?.events)).toEqual(
      positions.map((n) => Math.min(COUNTED_LAG, count - n)),
    );
    expect(store.passes).toBeLessThan(positions.length);
  });

  it('is asked for nothing where there is no position', async () => {
    expect(await lagsBehind(new InMemoryEventStore(), [], now)).toEqual(new Map());
  });
});
