import { beforeEach, describe, expect, it } from '@jest/globals';
import type { QuarantinedStream } from '#event-sourcing';
import { KeptOfAccounts } from './kept-of-accounts.js';

function parked(stream: string, revision: number): QuarantinedStream {
  return {
    projection: 'orders.v1',
    stream,
    revision,
    position: BigInt(revision),
    eventId: `event-${revision}`,
    type: 'order-placed.v1',
    error: 'Out of range.',
    at: '2026-01-01T00:00:00.000Z',
  };
}

describe('what is kept of accounts', () => {
  let position: bigint;
  let heldBack: QuarantinedStream[];
  let made: number;
  let kept: KeptOfAccounts<string, { readonly made: number }>;

  beforeEach(() => {
    position = 50n;
    heldBack = [];
    made = 0;
    kept = new KeptOfAccounts(
      {
        readStore: { quarantined: async () => heldBack },
        changes: { changedAfter: async () => [] },
        progress: {
          projectionPositions: async () => [
            { name: 'orders', version: 1, build: 1, checkpoint: 'orders.v1', position },
          ],
        },
      },
      {
        name: (asked) => asked,
        make: async () => ({ made: ++made }),
        renew: async (before) => before,
        size: () => 1,
        maxSize: 10,
      },
    );
  });

  it('stays while nothing changes in it', async () => {
    heldBack = [parked('account-a', 3)];
    const first = await kept.at('all');
    position = 60n;
    expect(await kept.at('all')).toBe(first);
  });

  it('is made anew when a stream is held back, stops again further on, or is held back no more', async () => {
    const states = [[], [parked('account-a', 3)], [parked('account-a', 7)], []];
    for (const [index, state] of states.entries()) {
      heldBack = state;
      expect(await kept.at('all')).toEqual({ made: index + 1 });
    }
  });
});
