import type { FieldValue } from '#event-sourcing';

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
  /** What stands beside the items in the JSON answer. */
  readonly beside?: object;
  /** `YYYY-MM-DD` */
  readonly asOf?: string;
  /** Columns of the CSV form, where the items' own keys do not tell them (an empty list, optional fields). */
  readonly columns?: readonly string[];
}

/** Who asks. */
export interface Reader {
  readonly actor: string;
  readonly role: string;
  /** Set when the key belongs to a member: then only accounts whose team holds that member are seen. */
  readonly member?: string;
  /** Instant of the question: ISO 8601, UTC, milliseconds. */
  readonly now: string;
}
