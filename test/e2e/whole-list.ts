import type { Answer, ApiClient } from './ledger-process.js';

/** Items of a list, of whatever form they have. */
export type Items = Answer['body'][];

/** All items of a list, page by page by its cursors, once the read models hold what was written. */
export async function pagedList(client: ApiClient, path: string, after: Answer | string): Promise<Items> {
  const items: Items = [];
  let cursor: string | undefined;
  do {
    const page = await client.ask(`${path}&limit=500${cursor === undefined ? '' : `&cursor=${cursor}`}`, after);
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}

/** All items of a list in one stream of NDJSON. */
export async function streamedList(client: ApiClient, path: string, after: Answer | string): Promise<Items> {
  const text: string = await client.ask(path, after, { accept: 'application/x-ndjson' });
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
