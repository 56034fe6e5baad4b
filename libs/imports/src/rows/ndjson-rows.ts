import { decodedText, EncodingError } from './decoded-text.js';
import {
  type CellError,
  emptyRecord,
  isBlank,
  MAX_ROW_LENGTH,
  type ReadRow,
  type TextForm,
  type UnreadableRow,
} from './source-row.js';

/**
 * The rows of a file with one JSON object a line, in batches as they arrive. Members are texts, numbers, booleans or null
 * (the same as left out). Empty lines are passed over and not counted.
 */
export async function* ndjsonRows(
  source: AsyncIterable<Uint8Array>,
  form: TextForm,
): AsyncGenerator<readonly ReadRow[]> {
  let rest = '';
  let row = 0;
  const rowsOf = (lines: readonly string[]): ReadRow[] =>
    lines.filter((line) => !isBlank(line)).map((line) => ndjsonRow(++row, line));
  try {
    for await (const text of decodedText(source, form.encoding)) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      const rows = rowsOf(lines);
      if (rows.length > 0) yield rows;
      if (rest.length > MAX_ROW_LENGTH) {
        yield [unreadable(row + 1, 'malformed', `The line is longer than ${MAX_ROW_LENGTH} characters.`, true)];
        return;
      }
    }
    const rows = rowsOf([rest]);
    if (rows.length > 0) yield rows;
  } catch (error) {
    if (!(error instanceof EncodingError)) throw error;
    yield [unreadable(row + 1, 'encoding', error.message, true)];
  }
}

function ndjsonRow(row: number, line: string): ReadRow {
  let members: unknown;
  try {
    members = JSON.parse(line);
  } catch {
    return unreadable(row, 'malformed', 'The line is not JSON.', false);
  }
  if (typeof members !== 'object' || members === null || Array.isArray(members)) {
    return unreadable(row, 'malformed', 'The line is not a JSON object.', false);
  }
  const values = emptyRecord();
  const errors: CellError[] = [];
  for (const [field, member] of Object.entries(members)) {
    const cell = cellText(member);
    if (typeof cell === 'string') {
      if (!isBlank(cell)) values[field] = cell;
    } else {
      errors.push({ field, ...cell });
    }
  }
  return errors.length === 0 ? { row, values } : { row, values, errors };
}

function cellText(member: unknown): string | Omit<CellError, 'field'> {
  if (member === null) return '';
  if (typeof member === 'string') return member;
  if (typeof member === 'boolean') return String(member);
  if (typeof member === 'number') {
    const text = String(member);
    // A JSON number is read as a double; one with more digits than a double holds may have become another.
    const exact = Number.isSafeInteger(member) || text.replace(/[^0-9]/g, '').length <= 15;
    return exact ? text : { code: 'inexact-number', message: 'Must be written as a text: it has too many digits.' };
  }
  return { code: 'cell-type', message: 'Must be a text or a number.' };
}

function unreadable(row: number, code: string, message: string, last: boolean): UnreadableRow {
  return { row, unreadable: { field: null, code, message }, last };
}
