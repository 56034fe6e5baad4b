import { afterAll } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { keyedStoreConformance } from '#event-sourcing-testing';
import { MongoKeyedStore } from '#read-store-mongodb';
import { mongoForSuite } from '#test/mongodb-server/mongodb-for-suites';

const SLOW = 60_000;
const server = await mongoForSuite('MongoDB as a keyed store');

if (server !== undefined) {
  const { url, restart, stop } = server;

  keyedStoreConformance('MongoDB', async () => {
    let store = await MongoKeyedStore.open({ url });
    return {
      store,
      another: () => MongoKeyedStore.open({ url }),
      async reopen() {
        await store.close();
        await restart?.();
        store = await MongoKeyedStore.open({ url });
        return store;
      },
      async close() {
        await store.close();
        const client = await MongoClient.connect(url);
        await client
          .db()
          .collection('_keys')
          .deleteMany({ kind: { $regex: '^conf-' } });
        await client.close();
      },
    };
  });

  afterAll(stop, SLOW);
}
