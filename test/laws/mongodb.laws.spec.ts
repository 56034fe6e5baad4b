import { randomUUID } from 'node:crypto';
import { afterAll, describe } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { lawRuns, projectionLaws, projectorLaws, quarantineLaws } from '#event-sourcing-testing';
import { MongoReadStore } from '#read-store-mongodb';
import { mongoForSuite } from '#test/mongodb-server/mongodb-for-suites';
import { reusedMongoReadStore } from './reused-read-stores.js';
import { sampleHistory, sampleProjections } from './sample-projections.js';

/** All read models go through as many histories as are asked for, in a suite of their own: here the machinery does. */
const RUNS = Math.ceil(lawRuns() / 12);
const server = await mongoForSuite('The laws of projections on MongoDB', { inMemory: true });

/** With a database of its own. */
function newUrl(): string {
  const database = `keyledger_laws_${randomUUID().slice(0, 13)}`;
  return (server?.url ?? '').replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)\/[^?]*/, `$1/${database}`);
}

/** An empty read store in a database of its own. */
async function newMongoReadStore() {
  const url = newUrl();
  const store = await MongoReadStore.open({ url });
  // It is looked into also where no projector has come to make them.
  await store.prepare(sampleProjections.map(({ collection }) => collection));
  return {
    store,
    async close() {
      await store.close();
      const client = await MongoClient.connect(url);
      await client.db().dropDatabase();
      await client.close();
    },
  };
}

if (server !== undefined) {
  const mongo = await reusedMongoReadStore(newUrl());
  const open = () => mongo.open();
  describe('on MongoDB', () => {
    projectionLaws('The sample projections', sampleProjections, sampleHistory, open, { runs: RUNS });
    // What a projector that was left for dead still has on its way must not reach the next history.
    const options = { runs: RUNS, synchronous: false };
    projectorLaws('The sample projections', sampleProjections, sampleHistory, newMongoReadStore, options);
    quarantineLaws('The sample projections', sampleProjections, sampleHistory, open, { runs: RUNS });
  });
  afterAll(async () => {
    await mongo.close();
    await server.stop();
  });
}
