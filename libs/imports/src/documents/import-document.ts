import type { ImportError } from '../import-answer.js';
import type { ImportForm } from '../import-forms.js';

/** One line of a document, with the row that it came from. */
export interface DocumentLine {
  readonly row: number;
  readonly values: Readonly<Record<string, string>>;
}

/** What the rows of one document come to: an order with its lines, a visit, an account. */
export interface ImportDocument {
  readonly form: ImportForm;
  /** Its first row. */
  readonly row: number;
  /** What it says once, by column. */
  readonly header: Readonly<Record<string, string>>;
  /** Empty where a document is one row. */
  readonly lines: readonly DocumentLine[];
  /** The row that an error in a column of the header is reported at, where it is not the first. */
  readonly headerRows: Readonly<Record<string, number>>;
  /** A document with one of these is not recorded. */
  readonly errors: readonly ImportError[];
}
