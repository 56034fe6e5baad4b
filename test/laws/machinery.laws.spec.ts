import { afterAll } from '@jest/globals';
import { eventStoreConformance, InMemoryEventStore, lawRuns, projectionLaws } from '#event-sourcing-testing';
import { reusedSqliteReadStore } from './reused-read-stores.js';
import { sampleHistory, sampleProjections } from './sample-projections.js';

eventStoreConformance('The log in memory', async () => {
  const store = new InMemoryEventStore();
  // What is in memory cannot be opened again: the laws need no more of it than that it stays.
  return { store, reopen: async () => store, close: () => store.close() };
});

const sqlite = await reusedSqliteReadStore();
// All read models go through as many histories as are asked for, in a suite of their own.
const runs = Math.ceil(lawRuns() / 4);
projectionLaws('The sample projections', sampleProjections, sampleHistory, () => sqlite.open(), { runs });
afterAll(() => sqlite.close());
