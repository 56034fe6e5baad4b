import { parseInstant } from '#calendar';
import type { ImportError } from '../import-answer.js';
import type { ImportForm } from '../import-forms.js';
import type { MappedRow } from '../mapping/row-mapping.js';
import { emptyRecord } from '../rows/source-row.js';
import type { DocumentLine, ImportDocument } from './import-document.js';
import { RecentKeys } from './recent-keys.js';

/** Rows that may lie between two rows of one document: it is complete when so many have passed since its last. */
export const WINDOW_ROWS = 1_000;
/** Far above what a command takes; keeps a file that is one endless document from filling the memory. */
const MAX_LINES = 100_000;
/** Closed documents that are remembered, so that rows which come too late are known as such. */
const REMEMBERED_DOCUMENTS = 1_000_000;

/**
 * Gathers rows into documents. Documents of several rows may be interleaved with others within {@link WINDOW_ROWS};
 * documents of one row come out at once.
 */
export class DocumentAssembly {
  /** By key, the one whose last row is oldest first. */
  readonly #open = new Map<string, OpenDocument>();
  readonly #closed = new RecentKeys<number>(REMEMBERED_DOCUMENTS);

  /** Documents that are not complete yet. */
  get open(): number {
    return this.#open.size;
  }

  /** Takes a row; gives the document if it is complete with it. */
  take(row: MappedRow): ImportDocument | undefined {
    const key = keyOf(row);
    if (key === undefined || row.form.line === undefined) return singleRow(row);
    let document = this.#open.get(key);
    if (document === undefined) {
      document = new OpenDocument(row.form, row.row);
      const closedAfter = this.#closed.get(key);
      if (closedAfter !== undefined) document.refuse(splitError(row, closedAfter));
    } else {
      this.#open.delete(key);
    }
    this.#open.set(key, document);
    document.take(row);
    return undefined;
  }

  /** The documents that are complete because so many rows have passed, once row number `row` has been read. */
  completeBefore(row: number): ImportDocument[] {
    const complete: ImportDocument[] = [];
    for (const [key, document] of this.#open) {
      if (row - document.lastRow <= WINDOW_ROWS) break;
      complete.push(this.#close(key, document));
    }
    return complete;
  }

  /** The documents that are complete because the file has ended. */
  completeAll(): ImportDocument[] {
    return [...this.#open].map(([key, document]) => this.#close(key, document));
  }

  #close(key: string, document: OpenDocument): ImportDocument {
    this.#open.delete(key);
    this.#closed.set(key, document.lastRow);
    return document.finished();
  }
}

/** `undefined` when the row does not say which document it belongs to. */
function keyOf({ form, values }: MappedRow): string | undefined {
  const parts = form.identity.map((column) => values[column]);
  return parts.every((part) => part !== undefined) ? `${form.kind}\n${parts.join('\n')}` : undefined;
}

function singleRow(row: MappedRow): ImportDocument {
  const document = new OpenDocument(row.form, row.row);
  document.take(row);
  return document.finished();
}

function splitError({ form, row }: MappedRow, closedAfter: number): ImportError {
  const message =
    `Rows of this ${form.noun} come again more than ${WINDOW_ROWS} rows after row ${closedAfter}; ` +
    'it was complete by then, and these rows are not part of it.';
  return { row, field: form.identity.at(-1) ?? null, code: 'document-split', message };
}

class OpenDocument {
  lastRow: number;
  readonly #header = emptyRecord();
  readonly #headerRows: Record<string, number> = Object.create(null) as Record<string, number>;
  readonly #lines: DocumentLine[] = [];
  readonly #errors: ImportError[] = [];
  readonly #lineColumns: ReadonlySet<string>;
  #earliest: number | undefined;

  constructor(
    private readonly form: ImportForm,
    private readonly row: number,
  ) {
    this.lastRow = row;
    this.#lineColumns = new Set(form.line);
  }

  refuse(error: ImportError): void {
    if (this.#errors.length < 1_000) this.#errors.push(error);
  }

  take({ row, values, errors }: MappedRow): void {
    this.lastRow = row;
    for (const error of errors) this.refuse({ row, ...error });
    for (const field of this.form.required) {
      if (values[field] === undefined && !errors.some((error) => error.field === field)) {
        this.refuse({ row, field, code: 'required', message: 'Is required.' });
      }
    }
    const line = emptyRecord();
    // A record without prototype has no other names; making pairs of them took as long as all the rest.
    for (const column in values) {
      const value = values[column] as string;
      if (this.#lineColumns.has(column)) line[column] = value;
      else if (column === this.form.instant) this.#takeInstant(row, column, value);
      else this.#takeOnce(row, column, value);
    }
    if (this.form.line === undefined) return;
    if (this.#errors.length > 0) this.#lines.length = 0;
    else if (this.#lines.length < MAX_LINES) this.#lines.push({ row, values: line });
    else this.refuse({ row, field: null, code: 'too-many-rows', message: `The ${this.form.noun} has too many rows.` });
  }

  finished(): ImportDocument {
    return {
      form: this.form,
      row: this.row,
      header: this.#header,
      headerRows: this.#headerRows,
      lines: this.#lines,
      errors: this.#errors,
    };
  }

  #takeInstant(row: number, column: string, value: string): void {
    if (value === this.#header[column]) return;
    const instant = parseInstant(value);
    if (instant === undefined) {
      const message = 'Must be an ISO 8601 instant with an offset, such as 2026-11-23T09:30:00+08:00.';
      this.refuse({ row, field: column, code: 'instant', message });
    } else if (this.#earliest === undefined || instant < this.#earliest) {
      this.#earliest = instant;
      this.#header[column] = value;
      this.#headerRows[column] = row;
    }
  }

  #takeOnce(row: number, column: string, value: string): void {
    const known = this.#header[column];
    if (known === undefined) {
      this.#header[column] = value;
      this.#headerRows[column] = row;
    } else if (known !== value && column !== 'accountName') {
      const message = `Differs from an earlier row of the same ${this.form.noun}.`;
      this.refuse({ row, field: column, code: 'inconsistent-document', message });
    }
  }
}
