import { stringify } from 'csv-stringify/sync';
import type { JsonValue } from '#event-sourcing';
import type { Cursor, ListAnswer } from './list.js';

const PAGE = 500;
const PLAIN_NUMBER = /^-?[0-9]+(\.[0-9]+)?$/;
/**
 * What a spreadsheet takes for the beginning of a formula, full-width signs and white space before it included; with the
 * apostrophes that were put before such a text already, so that taking one away always gives the text back.
 */
const FORMULA_START = /^'*\s*[=+\-@＝＋－＠\t\r\n]/;

async function* pages(answer: ListAnswer<object>): AsyncGenerator<readonly object[]> {
  let after: Cursor | undefined;
  do {
    const { items, next } = await answer.page(after, PAGE);
    yield items;
    after = next;
  } while (after !== undefined);
}

/** The whole list, one JSON object a line. */
export async function* ndjsonOf(answer: ListAnswer<object>): AsyncGenerator<string> {
  for await (const items of pages(answer)) {
    if (items.length > 0) yield `${items.map((item) => JSON.stringify(item)).join('\n')}\n`;
  }
}

/**
 * The whole list as CSV (RFC 4180) with a header: nested fields joined by dots, lists as JSON. A text that a spreadsheet
 * would take for a formula gets an apostrophe before it: who reads the file back takes away the first apostrophe of every cell
 * that begins with apostrophes, white space or nothing, and then `=`, `+`, `-`, `@`, a tab or a line break, and is no number.
 */
export async function* csvOf(answer: ListAnswer<object>): AsyncGenerator<string> {
  let columns: readonly string[] | undefined;
  const whole = new Set(answer.columns);
  for await (const items of pages(answer)) {
    const rows = items.map((item) => flat(item, whole));
    if (columns === undefined) {
      columns = answer.columns ?? [...new Set(rows.flatMap((row) => [...row.keys()]))];
      yield stringify([columns], CSV);
    }
    const header: readonly string[] = columns;
    if (rows.length > 0)
      yield stringify(
        rows.map((row) => header.map((column) => row.get(column) ?? '')),
        CSV,
      );
  }
}

// The library quotes only what holds its own record delimiter.
const CSV = { record_delimiter: 'windows', quoted_match: /[\r\n]/ } as const;

/** Cells by column; a column that the list names holds its value as a whole. */
function flat(item: object, whole: ReadonlySet<string>): Map<string, string> {
  const cells = new Map<string, string>();
  const put = (name: string, value: JsonValue | undefined): void => {
    if (value === undefined) return;
    if (value !== null && typeof value === 'object' && !Array.isArray(value) && !whole.has(name)) {
      for (const [key, member] of Object.entries(value)) put(name === '' ? key : `${name}.${key}`, member);
    } else cells.set(name, cell(value));
  };
  put('', item as JsonValue);
  return cells;
}

/** A value as the text of its cell: see {@link csvOf}. */
function cell(value: JsonValue): string {
  if (value === null) return '';
  if (typeof value !== 'string') return JSON.stringify(value);
  return FORMULA_START.test(value) && !PLAIN_NUMBER.test(value) ? `'${value}` : value;
}
