import {
  type CollectionDefinition,
  cursorOf,
  type Document,
  type Filter,
  type ReadStore,
  type Sort,
} from '#event-sourcing';
import { storedCursorForm } from './cursor-form.js';
import type { Cursor, ListAnswer } from './list.js';

/** Which documents of a collection a list shows, and in which order. */
export interface StoredListOrder {
  readonly filter?: Filter;
  readonly sort: readonly Sort[];
}

/** One page of a collection's documents behind a cursor. */
export async function storedPage(
  readStore: ReadStore,
  collection: CollectionDefinition,
  { filter = {}, sort }: StoredListOrder,
  after: Cursor | undefined,
  limit: number,
): Promise<{ readonly rows: readonly Document[]; readonly next?: Cursor }> {
  // One more than is shown tells whether another page follows.
  const found = await readStore.find(collection.name, {
    filter,
    sort,
    limit: limit + 1,
    ...(after !== undefined && { after }),
  });
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  if (found.length <= limit || last === undefined) return { rows };
  return { rows, next: cursorOf(collection, sort, last) };
}

/** The answer to a question for the documents of one collection. */
export function storedList<Item extends object>(
  readStore: ReadStore,
  collection: CollectionDefinition,
  order: StoredListOrder & Omit<ListAnswer<Item>, 'page' | 'cursor'>,
  itemOf: (row: Document) => Item | Promise<Item>,
): ListAnswer<Item> {
  const { filter: _, sort: __, ...more } = order;
  return {
    ...more,
    cursor: storedCursorForm(collection, order.sort),
    async page(after, limit) {
      const { rows, next } = await storedPage(readStore, collection, order, after, limit);
      const items = await Promise.all(rows.map(itemOf));
      return next === undefined ? { items } : { items, next };
    },
  };
}
