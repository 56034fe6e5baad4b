import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { EventStoreDbConnection, type ReadCall } from './eventstoredb-connection.js';
import { EventStoreDbEventStore } from './eventstoredb-event-store.js';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a subscription', () => {
  it('that is given up while it is being opened ends, also where the server never answers', async () => {
    const call = Object.assign(new EventEmitter(), { cancel: jest.fn(), isPaused: () => false });
    let opened: (call: ReadCall) => void = () => undefined;
    jest.spyOn(EventStoreDbConnection.prototype, 'read').mockReturnValue(
      new Promise((resolve) => {
        opened = resolve;
      }),
    );
    const store = await EventStoreDbEventStore.open({ url: 'esdb://127.0.0.1:2113?tls=false' });
    const stop = new AbortController();
    const next = store.subscribe({ signal: stop.signal }).next();
    stop.abort();
    opened(call as unknown as ReadCall);
    expect(await next).toEqual({ done: true, value: undefined });
    expect(call.cancel).toHaveBeenCalled();
    await store.close();
  });
});
