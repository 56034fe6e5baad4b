import type { Document, FieldAsked, FieldType, FieldValue, FindOptions, Scalar } from '#event-sourcing';
import { quoted, type SqlPiece } from './conditions.js';

/*
 * Two ways from what SQLite answers to documents: a row at once, or a column at once, as one JSON text of all values in
 * it. To hand over a value costs more than to read it, so that a large page of short fields takes half as long by columns.
 */

/** What SQLite hands over for a column, integers read as bigints. */
export type Column = string | bigint | number | null;

/** The greatest integer that JSON.parse gives as it is. */
const MAX_SAFE = Number.MAX_SAFE_INTEGER;

/** The documents in rows that begin with these fields. */
export function documentsOfRows(rows: readonly (readonly Column[])[], asked: readonly FieldAsked[]): Document[] {
  return rows.map((row) => documentOfRow(row, asked));
}

export function documentOfRow(row: readonly Column[], asked: readonly FieldAsked[]): Document {
  const document: Record<string, FieldValue> = {};
  // A plain loop: a ranking reads 100,000 rows at once, and an iterator doubles the time of this.
  for (let index = 0; index < asked.length; index++) {
    const { name, type } = asked[index] as FieldAsked;
    document[name] = fieldValue(type, row[index] ?? null);
  }
  return document;
}

/** What a query answers as one row, for {@link documentsOfColumns}. Only where {@link mayComeByColumns}. */
export function asColumns({ sql, bindings }: SqlPiece, asked: readonly FieldAsked[]): SqlPiece {
  return { sql: `SELECT ${asked.map(columnAsJson).join(', ')} FROM (${sql})`, bindings };
}

/**
 * Whether documents may come by columns: the JSON texts that SQLite makes of doubles are not exact, and only who names the
 * fields knows that they are short. What is asked for as its text is long, and comes faster by rows.
 */
export function mayComeByColumns(
  { fields, asText }: Pick<FindOptions, 'fields' | 'asText'>,
  asked: readonly FieldAsked[],
): boolean {
  return fields !== undefined && asText === undefined && asked.every(({ type }) => type !== 'number');
}

export function documentsOfColumns(row: readonly Column[], asked: readonly FieldAsked[]): Document[] {
  const columns = row.map((column) => JSON.parse(String(column)) as FieldValue[]);
  return Array.from({ length: columns[0]?.length ?? 0 }, (_, number) => {
    const document: Record<string, FieldValue> = {};
    for (let index = 0; index < asked.length; index++) {
      const { name, type } = asked[index] as FieldAsked;
      document[name] = valueFromJson(type, columns[index]?.[number] ?? null);
    }
    return document;
  });
}

function columnAsJson({ name, type }: FieldAsked): string {
  const column = quoted(name);
  switch (type) {
    case 'text':
      return `json_group_array(${column})`;
    case 'integer':
      return listOf(
        `CASE WHEN ${column} BETWEEN ${-MAX_SAFE} AND ${MAX_SAFE} THEN ${column} ELSE '"'||${column}||'"' END`,
      );
    default:
      return listOf(column);
  }
}

/** A list of what are JSON texts already. */
function listOf(column: string): string {
  return `'['||coalesce(group_concat(coalesce(${column}, 'null')), '')||']'`;
}

function valueFromJson(type: FieldType, value: FieldValue): FieldValue {
  if (type === 'integer' && value !== null) return BigInt(value as number | string);
  if (type === 'boolean' && value !== null) return value !== 0;
  return value;
}

function fieldValue(type: FieldType, column: Scalar): FieldValue {
  if (type === 'json' && typeof column === 'string') return JSON.parse(column);
  if (type === 'boolean' && column !== null) return column !== 0n;
  return column;
}
