import { randomUUID } from 'node:crypto';
import { afterAll, describe } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { lawRuns, projectionLaws } from '#event-sourcing-testing';
import { MongoReadStore } from '#read-store-mongodb';
import { mongoForSuite } from '#test/mongodb-server/mongodb-for-suites';
import { sampleHistory, sampleProjections } from './sample-projections.js';

const SLOW = 60_000;
/** Making a database and its indexes for each history takes far longer than on SQLite. */
const RUNS = Math.ceil(lawRuns() / 12);
const server = await mongoForSuite('The laws of projections on MongoDB');

if (server !== undefined) {
  describe('on MongoDB', () => {
    projectionLaws('The sample projections', sampleProjections, sampleHistory, newMongoReadStore, { runs: RUNS });
  });

  afterAll(server.stop, SLOW);
}

/** An empty read store in a database of its own. */
async function newMongoReadStore() {
  const database = `keyledger_laws_${randomUUID().slice(0, 13)}`;
  const url = (server?.url ?? '').replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)\/[^?]*/, `$1/${database}`);
  const store = await MongoReadStore.open({ url });
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
