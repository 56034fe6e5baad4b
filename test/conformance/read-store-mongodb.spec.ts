import { once } from 'node:events';
import { type AddressInfo, connect, createServer, Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { StoreUnavailable } from '#event-sourcing';
import { CONFORMANCE_PREFIX, readStoreConformance } from '#event-sourcing-testing';
import { MongoReadStore } from '#read-store-mongodb';
import { mongoForSuite } from '#test/mongodb-server/mongodb-for-suites';

const SLOW = 60_000;
const server = await mongoForSuite('MongoDB as a read store');

if (server !== undefined) {
  const { url, restart, kill, stop } = server;
  const first = await MongoReadStore.open({ url });
  const { transactional } = first;
  await first.close();
  if (!transactional) {
    const complaint = 'not run: MongoDB as a read store, on a replica set: this server has no transactions';
    process.stderr.write(`\n${complaint}\n`);
    if (process.env.KEYLEDGER_REQUIRE?.includes('replica-set')) throw new Error(complaint);
  }

  readStoreConformance(
    `MongoDB, ${transactional ? 'replica set' : 'standalone'},`,
    async () => {
      let store = await MongoReadStore.open({ url });
      return {
        store,
        async reopen() {
          await store.close();
          await restart?.();
          store = await MongoReadStore.open({ url });
          return store;
        },
        openAnother: () => MongoReadStore.open({ url }),
        async refuseText(collection) {
          const client = await MongoClient.connect(url);
          await client.db().command({ collMod: collection, validator: { text: { $ne: 'refused' } } });
          await client.close();
        },
        async close() {
          await store.close();
          await tidyUp(url);
        },
      };
    },
    // mongo-java-server reads such values as expressions when it groups by several fields; MongoDB does not.
    { transactional, groupsDollars: restart === undefined },
  );

  describe('MongoReadStore', () => {
    if (kill !== undefined && restart !== undefined) {
      it(
        'calls a server that has gone unavailable, and goes on when it is back',
        async () => {
          const store = await MongoReadStore.open({ url });
          const batch = { documents: [], checkpoints: [{ projection: `${CONFORMANCE_PREFIX}_gone.v1`, position: 1n }] };
          await store.write(batch);
          await kill();
          await expect(store.write(batch)).rejects.toThrow(StoreUnavailable);
          await expect(store.ping()).rejects.toThrow(StoreUnavailable);
          await expect(MongoReadStore.open({ url })).rejects.toThrow(StoreUnavailable);
          await restart();
          await store.write(batch);
          await store.ping();
          await store.close();
          await expect(store.ping()).rejects.toThrow(StoreUnavailable);
        },
        SLOW,
      );

      it(
        'keeps what it has answered when the server is killed at that moment, whatever its address asks for',
        async () => {
          const store = await MongoReadStore.open({ url: `${url}?w=0&journal=false` });
          const projection = `${CONFORMANCE_PREFIX}_killed.v1`;
          for (const position of [1n, 2n, 3n]) {
            await store.write({ documents: [], checkpoints: [{ projection, position }] });
            await kill();
            await restart();
            expect(await store.checkpoints()).toContainEqual({ projection, position });
          }
          await store.close();
        },
        SLOW,
      );
    }

    it(
      'does not wait without end for an answer to what was written to a connection that had just been lost',
      async () => {
        const store = await MongoReadStore.open({ url });
        await store.ping();
        // Asked between the end of the connections and the event that tells the driver of it.
        const asked = store.ping();
        for (const socket of socketsTo(url)) socket.destroy();
        await expect(asked).rejects.toThrow(StoreUnavailable);
        await store.ping();
        await store.close();
      },
      SLOW,
    );

    it(
      'is not opened without end on a server that answers no command',
      async () => {
        const silent = await silentTo('silent', url);
        await expect(MongoReadStore.open({ url: silent.url })).rejects.toThrow(StoreUnavailable);
        await silent.stop();
      },
      SLOW,
    );

    it(
      'calls a server unavailable whose connection broke in the middle of what was written to it',
      async () => {
        const store = await MongoReadStore.open({ url });
        const name = `${CONFORMANCE_PREFIX}_large`;
        await store.prepare([{ name, key: ['id'], fields: { id: 'text', text: 'text' } }]);
        const asked = store.getMany(
          name,
          Array.from({ length: 8_000 }, (_, n) => [`${n} ${'x'.repeat(1_000)}`]),
        );
        asked.catch(() => undefined);
        await writingTo(url);
        const broken = Object.assign(new Error('write ECONNRESET'), { code: 'ECONNRESET', syscall: 'write' });
        for (const socket of socketsTo(url)) if (socket.writableNeedDrain) socket.destroy(broken);
        await expect(asked).rejects.toThrow(StoreUnavailable);
        await store.close();
        await tidyUp(url);
      },
      SLOW,
    );
  });

  afterAll(stop, SLOW);
}

/** This process's open connections to the server. */
function socketsTo(url: string): Socket[] {
  const port = Number(new URL(url).port);
  const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles(): unknown[] };
  return handles
    .call(process)
    .filter((handle): handle is Socket => handle instanceof Socket && handle.remotePort === port);
}

/**
 * A way to the server on which commands to one database get lost. The driver's own, by which it knows that the server is
 * there, go to another.
 */
async function silentTo(database: string, url: string): Promise<{ url: string; stop(): Promise<void> }> {
  const { hostname, port } = new URL(url);
  const name = Buffer.from(`$db\0\0\0\0\0${database}\0`, 'latin1');
  name.writeInt32LE(database.length + 1, '$db\0'.length);
  const ends = new Set<Socket>();
  const way = createServer((client) => {
    const there = connect(Number(port), hostname);
    for (const end of [client, there]) ends.add(end.on('error', () => undefined));
    client.on('data', (bytes) => bytes.includes(name) || there.write(bytes)).on('close', () => there.destroy());
    there.pipe(client);
  });
  await once(way.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `mongodb://127.0.0.1:${(way.address() as AddressInfo).port}/${database}`,
    async stop() {
      for (const end of ends) end.destroy();
      await new Promise((resolve) => way.close(resolve));
    },
  };
}

/** Resolves when a connection holds more than the system takes at once. */
async function writingTo(url: string): Promise<void> {
  while (!socketsTo(url).some((socket) => socket.writableNeedDrain)) await setImmediate();
}

async function tidyUp(url: string): Promise<void> {
  const client = await MongoClient.connect(url);
  const database = client.db();
  const prefix = { $regex: `^${CONFORMANCE_PREFIX}_` };
  const progress = { $regex: `^(${CONFORMANCE_PREFIX}_|#)` };
  for (const { name } of await database.listCollections({}, { nameOnly: true }).toArray()) {
    if (name.startsWith(`${CONFORMANCE_PREFIX}_`)) await database.dropCollection(name);
  }
  await database.collection<{ _id: string }>('_checkpoints').deleteMany({ _id: progress });
  await database.collection('_quarantined').deleteMany({ projection: prefix });
  await client.close();
}
