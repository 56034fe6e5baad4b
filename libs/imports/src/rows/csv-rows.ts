import { CsvError, Parser } from 'csv-parse';
import { decodedText, EncodingError } from './decoded-text.js';
import { emptyRecord, isBlank, MAX_ROW_LENGTH, type ReadRow, type TextForm } from './source-row.js';

export interface CsvForm extends TextForm {
  /** One character; default a comma. */
  readonly delimiter?: string;
}

/**
 * The data rows of a CSV file (RFC 4180, with a header), in batches as they arrive: the next piece of the source is read
 * when the batch before it has been dealt with. Empty lines are passed over and not counted.
 * @param onHeader told the column names before any row; what it throws ends the reading. An empty file has none.
 */
export async function* csvRows(
  source: AsyncIterable<Uint8Array>,
  form: CsvForm,
  onHeader: (columns: readonly string[]) => void,
): AsyncGenerator<readonly ReadRow[]> {
  const parser = new RecordParser(form.delimiter ?? ',');
  let columns: readonly string[] | undefined;
  let row = 0;

  const rowsOf = (records: readonly (readonly string[])[]): ReadRow[] => {
    const rows: ReadRow[] = [];
    for (const record of records) {
      if (columns === undefined) {
        columns = record.map((name) => name.trim());
        onHeader(columns);
      } else {
        row += 1;
        rows.push(csvRow(row, columns, record));
      }
    }
    return rows;
  };

  try {
    for await (const text of decodedText(source, form.encoding)) {
      const rows = rowsOf(await parser.write(text));
      if (rows.length > 0) yield rows;
    }
    const rows = rowsOf(await parser.end());
    if (rows.length > 0) yield rows;
  } catch (error) {
    // What was parsed before the fault is still good, and tells the fault's row.
    const rows = error instanceof CsvError || error instanceof EncodingError ? rowsOf(parser.take()) : [];
    if (error instanceof CsvError) yield [...rows, unreadable(row + 1, 'malformed', csvFault(error))];
    else if (error instanceof EncodingError) yield [...rows, unreadable(row + 1, 'encoding', error.message)];
    else throw error;
  }
  if (columns === undefined) onHeader([]);
}

function csvRow(row: number, columns: readonly string[], record: readonly string[]): ReadRow {
  if (record.length !== columns.length) {
    const message = `The row has ${record.length} cells, the header ${columns.length}.`;
    return { row, unreadable: { field: null, code: 'cell-count', message }, last: false };
  }
  const values = emptyRecord();
  for (let index = 0; index < columns.length; index++) {
    const cell = record[index]!;
    if (!isBlank(cell)) values[columns[index]!] = cell;
  }
  return { row, values };
}

function unreadable(row: number, code: string, message: string): ReadRow {
  return { row, unreadable: { field: null, code, message }, last: true };
}

function csvFault(error: CsvError): string {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'A quote is opened and never closed.';
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'After a closing quote neither a delimiter nor the end of the row follows.';
    case 'INVALID_OPENING_QUOTE':
      return 'A quote stands in the middle of a cell that is not quoted.';
    case 'CSV_MAX_RECORD_SIZE':
      return `The row is longer than ${MAX_ROW_LENGTH} characters (is the delimiter right, is a quote not closed?).`;
    default:
      return 'The row is not CSV.';
  }
}

/**
 * csv-parse, with its records gathered where it pushes them: nothing is lost to its buffers when it fails, and its own
 * hook for records would first put together what it knows of each.
 */
class CollectingParser extends Parser {
  records: string[][] = [];

  override push(record: string[] | null): boolean {
    if (record === null) return super.push(null);
    this.records.push(record);
    return true;
  }
}

/** Fed piece by piece, it hands over all records that a piece completes. */
class RecordParser {
  readonly #parser: CollectingParser;

  constructor(delimiter: string) {
    this.#parser = new CollectingParser({
      delimiter,
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: MAX_ROW_LENGTH,
    });
    this.#parser.resume();
    // The callbacks of write and end carry the same error.
    this.#parser.on('error', () => undefined);
  }

  /** @throws CsvError */
  write(text: string): Promise<string[][]> {
    return this.#run((done) => this.#parser.write(text, done));
  }

  /** @throws CsvError */
  end(): Promise<string[][]> {
    return this.#run((done) => this.#parser.end(done));
  }

  take(): string[][] {
    const { records } = this.#parser;
    this.#parser.records = [];
    return records;
  }

  #run(step: (done: (error?: Error | null) => void) => void): Promise<string[][]> {
    return new Promise((resolve, reject) => {
      step((error) => (error ? reject(error) : resolve(this.take())));
    });
  }
}
