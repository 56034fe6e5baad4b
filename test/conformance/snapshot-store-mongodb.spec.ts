import { afterAll } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { snapshotStoreConformance } from '#event-sourcing-testing';
import { MongoSnapshotStore } from '#read-store-mongodb';
import { mongoForSuite } from '#test/mongodb-server/mongodb-for-suites';

const SLOW = 60_000;
const server = await mongoForSuite('MongoDB as a snapshot store');

if (server !== undefined) {
  const { url, restart, stop } = server;

  const onServer = async <T>(work: (database: ReturnType<MongoClient['db']>) => Promise<T>): Promise<T> => {
    const client = await MongoClient.connect(url);
    try {
      return await work(client.db());
    } finally {
      await client.close();
    }
  };

  snapshotStoreConformance('MongoDB', async () => {
    let store = await MongoSnapshotStore.open({ url });
    return {
      store,
      another: () => MongoSnapshotStore.open({ url }),
      async reopen() {
        await store.close();
        await restart?.();
        store = await MongoSnapshotStore.open({ url });
        return store;
      },
      storedPages: (stream) =>
        onServer((database) => database.collection('_snapshot_pages').countDocuments({ stream })),
      async close() {
        await store.close();
        await onServer(async (database) => {
          await database.collection('_snapshots').deleteMany({ _id: { $regex: '^conf-' } as never });
          await database.collection('_snapshot_pages').deleteMany({ stream: { $regex: '^conf-' } });
        });
      },
    };
  });

  afterAll(stop, SLOW);
}
