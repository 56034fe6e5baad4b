import { describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from '#event-sourcing';
import { opensWhenUsed } from './opens-when-used.js';

/** A store of which it is known how often it was opened and closed. */
function countedStore() {
  const counts = { opened: 0, closed: 0 };
  const open = async () => {
    counts.opened += 1;
    return {
      ping: async () => 'there',
      close: async () => {
        counts.closed += 1;
      },
    };
  };
  return { counts, store: opensWhenUsed(open, { ping: true }) };
}

describe('A store that is opened when it is used', () => {
  it('is opened once, and closed', async () => {
    const { counts, store } = countedStore();
    expect(await Promise.all([store.ping(), store.ping()])).toEqual(['there', 'there']);
    await store.close();
    expect(counts).toEqual({ opened: 1, closed: 1 });
  });

  it('is not opened by a call that comes after its end', async () => {
    const { counts, store } = countedStore();
    await store.close();
    await expect(store.ping()).rejects.toThrow(StoreUnavailable);
    expect(counts).toEqual({ opened: 0, closed: 0 });
  });
});
