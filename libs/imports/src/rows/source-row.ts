/** What is wrong with one cell of a row. */
export interface CellError {
  /** The column; null: the row as a whole. */
  readonly field: string | null;
  /** Kebab case, part of the API. */
  readonly code: string;
  readonly message: string;
}

/** One data row of a file, as texts; cells that are empty or hold nothing but white space are left out. */
export interface SourceRow {
  /** 1 is the first data row. */
  readonly row: number;
  readonly values: Readonly<Record<string, string>>;
  readonly errors?: readonly CellError[];
}

/** A row of which nobody can tell the cells, nor therefore to which document it belongs. */
export interface UnreadableRow {
  readonly row: number;
  readonly unreadable: CellError;
  /** Whether nothing after it can be read either. */
  readonly last: boolean;
}

export type ReadRow = SourceRow | UnreadableRow;

export function isUnreadable(row: ReadRow): row is UnreadableRow {
  return 'unreadable' in row;
}

/** The longest row, in characters. */
export const MAX_ROW_LENGTH = 1_048_576;

/** How the bytes of a file become text; the default is UTF-8. */
export interface TextForm {
  /** A label of the WHATWG Encoding Standard, such as `windows-1252`. */
  readonly encoding?: string;
}

/** `Object.create(null)` makes a hash table of every record; records that are constructed share the shape of their columns. */
const EmptyRecord = function EmptyRecord() {} as unknown as new () => Record<string, string>;
EmptyRecord.prototype = Object.freeze(Object.create(null));

/** A record that inherits nothing: column names come from the file, and may be any text. */
export function emptyRecord(): Record<string, string> {
  return new EmptyRecord();
}

export function isBlank(text: string): boolean {
  return text.trim() === '';
}
