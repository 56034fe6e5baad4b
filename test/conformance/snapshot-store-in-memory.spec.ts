import { InMemorySnapshotStore, snapshotStoreConformance } from '#event-sourcing-testing';

snapshotStoreConformance('The memory', async () => {
  const store = new InMemorySnapshotStore();
  return {
    store,
    another: async () => store,
    reopen: async () => store,
    storedPages: async (stream) => store.pages.get(stream)?.size ?? 0,
    close: async () => undefined,
  };
});
