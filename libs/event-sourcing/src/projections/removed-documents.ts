import type { CollectionDefinition, DocumentKey, DocumentWrite, ReadStore } from '../read-store.js';

/**
 * The positions at which documents were taken away. A store need not keep anything of such a document; without a mark,
 * a run that repeats a batch which was cut off would take it for one that never was, and begin it anew.
 */
export const REMOVED_DOCUMENTS: CollectionDefinition = {
  // No projection's: those end with their version.
  name: 'removed_documents',
  fields: { collection: 'text', key: 'text' },
  key: ['collection', 'key'],
};

/** The mark for a document that is taken away; to be stored before it is. */
export function removalMark({ collection, key, position }: DocumentWrite): DocumentWrite {
  return { collection: REMOVED_DOCUMENTS.name, key: markKey(collection, key), position, document: {} };
}

/**
 * The positions at which the documents were taken away the last time, in the order of the keys; `undefined` where none
 * of the collection ever was. To be asked after the documents were read, so that none goes in between unnoticed.
 */
export async function removalsOf(
  readStore: Pick<ReadStore, 'find' | 'getMany'>,
  collection: string,
  keys: readonly DocumentKey[],
): Promise<(bigint | undefined)[] | undefined> {
  const some = await readStore.find(REMOVED_DOCUMENTS.name, { filter: { collection: { eq: collection } }, limit: 1 });
  if (some.length === 0) return undefined;
  const marks = await readStore.getMany(
    REMOVED_DOCUMENTS.name,
    keys.map((key) => markKey(collection, key)),
  );
  return marks.map((mark) => mark?.position);
}

function markKey(collection: string, key: DocumentKey): DocumentKey {
  return [collection, JSON.stringify(key.map(String))];
}
