import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { MongoNetworkError } from 'mongodb';
import { StoreUnavailable } from '#event-sourcing';
import { MongoConnection, reached } from './mongo-connection.js';
import { MongoReadStore } from './mongo-read-store.js';

afterEach(() => {
  jest.restoreAllMocks();
});

/** A server with transactions, on which those of a projector's session never end, and all others are cut off. */
function halfLostServer() {
  const projector = {
    id: { id: 'of the driver' },
    withTransaction: () => new Promise(() => undefined),
    endSession: jest.fn(async () => undefined),
  };
  const client = {
    startSession: () => projector,
    withSession: () => Promise.reject(new MongoNetworkError('the connection was lost')),
  };
  const collection = { updateOne: async () => ({ matchedCount: 1 }) };
  const connection = {
    client,
    database: { collection: () => collection, createCollection: async () => undefined },
    transactions: true,
    call: (work: () => Promise<unknown>) => reached('The read store', work),
  };
  jest.spyOn(MongoConnection, 'open').mockResolvedValue(connection as unknown as MongoConnection);
  return projector;
}

describe('MongoReadStore', () => {
  it('leaves the transaction of a projector’s session alone when a batch without one fails', async () => {
    const projector = halfLostServer();
    const store = await MongoReadStore.open({ url: 'mongodb://127.0.0.1' });
    const batch = { documents: [], checkpoints: [] };
    void store.write({ ...batch, session: 'a session' });
    await expect(store.write(batch)).rejects.toThrow(StoreUnavailable);
    expect(projector.endSession).not.toHaveBeenCalled();
  });
});
