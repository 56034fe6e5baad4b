import { eventStoreConformance, InMemoryEventStore, projectionLaws } from '#event-sourcing-testing';
import { sampleHistory, sampleProjections } from './sample-projections.js';
import { newSqliteReadStore } from './sqlite-read-stores.js';

eventStoreConformance('The log in memory', async () => {
  const store = new InMemoryEventStore();
  // What is in memory cannot be opened again: the laws need no more of it than that it stays.
  return { store, reopen: async () => store, close: () => store.close() };
});

projectionLaws('The sample projections', sampleProjections, sampleHistory, newSqliteReadStore);
