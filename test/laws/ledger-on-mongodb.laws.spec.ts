import { randomUUID } from 'node:crypto';
import { afterAll } from '@jest/globals';
import { mongoForSuite } from '#test/mongodb-server/mongodb-for-suites';
import { ledgerLaws } from './ledger-laws.js';
import { reusedMongoReadStore } from './reused-read-stores.js';

const server = await mongoForSuite('The laws of all read models on MongoDB', { inMemory: true });

if (server !== undefined) {
  const database = `keyledger_laws_${randomUUID().slice(0, 13)}`;
  const url = server.url.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)\/[^?]*/, `$1/${database}`);
  const mongo = await reusedMongoReadStore(url);
  ledgerLaws('MongoDB', mongo);
  afterAll(async () => {
    await mongo.close();
    await server.stop();
  });
}
