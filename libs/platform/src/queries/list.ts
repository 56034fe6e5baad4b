import type { FieldValue } from '#event-sourcing';
import type { CursorForm } from './cursor-form.js';

/** Where a page ended, in the list's own order; clients see it as an opaque text. */
export type Cursor = readonly FieldValue[];

export interface Page<Item extends object> {
  readonly items: readonly Item[];
  /** Left out when nothing follows. */
  readonly next?: Cursor;
}

/**
 * The answer to a query for a list. The platform asks it for one page (JSON) or for page after page (CSV, NDJSON), and
 * adds `nextCursor`, `position` and `asOf`.
 */
export interface ListAnswer<Item extends object> {
  page(after: Cursor | undefined, limit: number): Promise<Page<Item>>;
  /** The form of its pages' `next`: a cursor in another one is refused, and never comes to `page`. */
  readonly cursor: CursorForm;
  /** What stands beside the items in the JSON answer. */
  readonly beside?: object;
  /** The day that is spoken of, `YYYY-MM-DD`; default: today. */
  readonly asOf?: string;
  /** Columns of the CSV form, where the items' own keys do not tell them (an empty list, optional fields). */
  readonly columns?: readonly string[];
}

/** A list that is in memory as a whole; the cursor is the index of the next item. */
export function wholeList<Item extends object>(
  items: readonly Item[],
  more: Omit<ListAnswer<Item>, 'page' | 'cursor'> = {},
): ListAnswer<Item> {
  return {
    ...more,
    cursor: [{ type: 'count' }],
    async page(after, limit) {
      const start = after === undefined ? 0 : Number(after[0]);
      const end = start + limit;
      const page = items.slice(start, end);
      return end < items.length ? { items: page, next: [end] } : { items: page };
    },
  };
}

/** Who asks. */
export interface Reader {
  readonly actor: string;
  readonly role: string;
  /** Set when the key belongs to a member of a team. */
  readonly member?: string;
  /**
   * The accounts that may be seen, those whose team holds the member; left out: all. A query about one account is answered
   * with 404 by the platform when it is not among them; lists, sums and trends leave the others out.
   */
  readonly accounts?: ReadonlySet<string>;
  /** Instant of the question: ISO 8601, UTC, milliseconds. */
  readonly now: string;
}

/** Whether the reader may see the account. */
export function sees(reader: Pick<Reader, 'accounts'>, accountId: string): boolean {
  return reader.accounts === undefined || reader.accounts.has(accountId);
}
