import { contentHash, type FieldValue } from '#event-sourcing';
import { badParameter } from '../problems/problem.js';
import { type CursorForm, hasForm } from './cursor-form.js';
import type { Cursor } from './list.js';

/** What bigints, which JSON has not, stand as. */
interface Big {
  readonly n: string;
}

/** No more digits than a 64-bit integer can have. */
const BIG = /^-?[0-9]{1,19}$/;

type CursorText = readonly [check: string, values: readonly (FieldValue | Big)[]];

/**
 * A cursor as clients see it: base64url of its values with a check that they belong to this list, so that one of another
 * list, or of other filters, is refused.
 */
export function cursorText(list: string, cursor: Cursor): string {
  const values = cursor.map((value) => (typeof value === 'bigint' ? { n: String(value) } : value));
  const text: CursorText = [checkOf(list, values), values];
  return Buffer.from(JSON.stringify(text)).toString('base64url');
}

/**
 * Anybody can compute the check: what stands in the cursor is believed in the form that the list gives its cursors only.
 * @throws Problem for what is no cursor of this list
 */
export function parseCursor(list: string, text: string, form: CursorForm): Cursor {
  const refused = badParameter('cursor', 'invalid-cursor', 'is not the nextCursor of a page of this list');
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    throw refused;
  }
  if (!Array.isArray(parsed) || parsed.length !== 2 || !Array.isArray(parsed[1])) throw refused;
  const [check, values] = parsed as unknown as CursorText;
  if (check !== checkOf(list, values)) throw refused;
  const cursor = values.map((value) => (isBig(value) ? BigInt(value.n) : value));
  if (!hasForm(cursor, form)) throw refused;
  return cursor;
}

function checkOf(list: string, values: CursorText[1]): string {
  return contentHash([list, JSON.stringify(values)]).slice(0, 12);
}

function isBig(value: unknown): value is Big {
  return (
    typeof value === 'object' && value !== null && 'n' in value && typeof value.n === 'string' && BIG.test(value.n)
  );
}
