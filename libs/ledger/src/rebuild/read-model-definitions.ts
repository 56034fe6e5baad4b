import {
  type CollectionDefinition,
  type JsonObject,
  type Projection,
  type ReadStore,
  versionName,
} from '#event-sourcing';

/**
 * The collections' definitions, beside them: so that a later program, which no longer knows how a version's documents
 * look, can still compare its own with them.
 */
const READ_MODEL_DEFINITIONS: CollectionDefinition = {
  name: 'read_model_definitions',
  fields: { projection: 'text', version: 'integer', definition: 'json' },
  key: ['projection', 'version'],
};

export interface KnownVersion {
  readonly name: string;
  readonly version: number;
  /** Of its first build. */
  readonly collection: CollectionDefinition;
}

type Store = Pick<ReadStore, 'prepare' | 'write' | 'find'>;

/** Writes down the definitions; what a version was defined as once is never changed. @throws StoreUnavailable */
export async function rememberDefinitions(readStore: Store, projections: readonly Projection[]): Promise<void> {
  const known = new Set((await knownVersions(readStore)).map(versionName));
  const documents = projections
    .filter((projection) => !known.has(versionName(projection)))
    .map(({ name, version, collection }) => ({
      collection: READ_MODEL_DEFINITIONS.name,
      key: [name, BigInt(version)],
      position: 1n,
      document: { definition: collection as unknown as JsonObject },
    }));
  if (documents.length > 0) await readStore.write({ documents, checkpoints: [] });
}

/** All versions that were ever kept in this store. @throws StoreUnavailable */
export async function knownVersions(readStore: Store): Promise<KnownVersion[]> {
  await readStore.prepare([READ_MODEL_DEFINITIONS]);
  const documents = await readStore.find(READ_MODEL_DEFINITIONS.name);
  return documents.map(({ projection, version, definition }) => ({
    name: String(projection),
    version: Number(version),
    collection: definition as unknown as CollectionDefinition,
  }));
}
