import { formatInstant, parseDate, ZonedCalendar } from '#calendar';
import { columnsOf, IMPORT_FORMS, type ImportForm, type ImportKind } from '../import-forms.js';
import { type CellError, emptyRecord, isBlank, type SourceRow } from '../rows/source-row.js';
import { DatePattern } from './date-pattern.js';
import { type ExactDecimal, formatExact, negated, parseExact, quotient, rounded } from './exact-decimal.js';
import type { CellRule, Condition, DateRule, Fields, ImportMap, NumberRule } from './import-map.js';

/** A row in the columns of a form; empty cells are left out. */
export interface MappedRow {
  readonly form: ImportForm;
  readonly row: number;
  readonly values: Readonly<Record<string, string>>;
  readonly errors: readonly CellError[];
}

/** Turns the rows of a file into rows of an import. */
export interface RowMapping {
  /** Columns that the file must have. */
  readonly required: readonly string[];
  /** Columns that the file may have; left out: any. */
  readonly allowed?: readonly string[];
  /** `undefined`: the row is passed over. */
  apply(row: SourceRow): MappedRow | undefined;
}

/** The file has the import's own columns. */
export function plainMapping(kind: ImportKind): RowMapping {
  const form = IMPORT_FORMS[kind];
  const allowed = columnsOf(form);
  const known = new Set(allowed);
  return {
    required: form.required,
    allowed,
    apply({ row, values, errors = [] }) {
      const unknown = Object.keys(values).filter((column) => !known.has(column));
      if (unknown.length === 0) return { form, row, values, errors };
      const message = `Is no column of ${kind}; those are ${allowed.join(', ')}.`;
      return {
        form,
        row,
        values,
        errors: [...errors, ...unknown.map((field) => ({ field, code: 'unknown-column', message }))],
      };
    },
  };
}

type MakeCell = (row: SourceRow) => string | undefined | Omit<CellError, 'field'>;

/** The file has the columns that a map names. @param ledger the calendar that `"zone": "ledger"` stands for */
export function mapping(map: ImportMap, kind: ImportKind, ledger: ZonedCalendar): RowMapping {
  const main = new FieldMapping(IMPORT_FORMS[kind], map.fields, ledger);
  const creditNotes =
    map.creditNotes === undefined
      ? undefined
      : {
          when: map.creditNotes.when,
          fields: new FieldMapping(IMPORT_FORMS['credit-notes'], map.creditNotes.fields, ledger),
        };
  const conditions = [...map.keep, ...map.drop, ...(creditNotes === undefined ? [] : [creditNotes.when])];
  const columns = [
    ...conditions.map(({ column }) => column),
    ...columnsUsed(map.fields),
    ...columnsUsed(map.creditNotes?.fields ?? {}),
  ];
  const used = new Set(columns);
  return {
    required: [...used],
    apply(row) {
      if (!map.keep.every((condition) => holds(condition, row))) return undefined;
      if (map.drop.some((condition) => holds(condition, row))) return undefined;
      const fields = creditNotes !== undefined && holds(creditNotes.when, row) ? creditNotes.fields : main;
      return fields.apply(row, used);
    },
  };
}

function holds({ column, test, texts }: Condition, { values }: SourceRow): boolean {
  const cell = (values[column] ?? '').trim();
  return test === 'is' ? texts.includes(cell) : texts.some((text) => cell.startsWith(text));
}

function columnsUsed(fields: Fields): string[] {
  return Object.values(fields).flatMap(({ source }) => {
    if ('column' in source) return [source.column];
    if ('divide' in source) return [...source.divide];
    if ('template' in source) {
      return source.template.flatMap((part) => (typeof part === 'object' && 'column' in part ? [part.column] : []));
    }
    return [];
  });
}

class FieldMapping {
  readonly #cells: readonly (readonly [string, MakeCell])[];

  constructor(
    readonly form: ImportForm,
    fields: Fields,
    ledger: ZonedCalendar,
  ) {
    this.#cells = Object.entries(fields).map(([field, rule]) => [field, cellMaker(rule, ledger)] as const);
  }

  /** @param used columns whose errors matter */
  apply(row: SourceRow, used: ReadonlySet<string>): MappedRow {
    const values = emptyRecord();
    const errors: CellError[] = [];
    for (const [field, make] of this.#cells) {
      const cell = make(row);
      if (typeof cell === 'object') errors.push({ field, ...cell });
      else if (cell !== undefined && !isBlank(cell)) values[field] = cell;
    }
    for (const error of row.errors ?? []) if (error.field === null || used.has(error.field)) errors.push(error);
    return { form: this.form, row: row.row, values, errors };
  }
}

function cellMaker(rule: CellRule, ledger: ZonedCalendar): MakeCell {
  const read = sourceReader(rule);
  const finish = finisher(rule, ledger);
  return (row) => {
    const found = read(row);
    if (typeof found === 'object') return found;
    const replaced = found === undefined ? undefined : (rule.values?.get(found.trim()) ?? found);
    const cell = replaced === undefined || isBlank(replaced) ? rule.default : replaced;
    return cell === undefined ? undefined : finish(cell);
  };
}

function sourceReader({ source, number }: CellRule): MakeCell {
  if ('column' in source) return ({ values }) => values[source.column];
  if ('value' in source) return () => source.value;
  if ('template' in source) {
    return ({ row, values }) =>
      source.template
        .map((part) => {
          if (typeof part === 'string') return part;
          return 'row' in part ? String(row) : (values[part.column] ?? '').trim();
        })
        .join('');
  }
  const [dividendColumn, divisorColumn] = source.divide;
  const { decimalMark, round = 0 } = number ?? { decimalMark: '.' as const };
  return ({ values }) => {
    const cells = [values[dividendColumn], values[divisorColumn]];
    if (cells.every((cell) => cell === undefined)) return undefined;
    const [dividend, divisor] = cells.map((cell) => parseExact(cell ?? '', decimalMark));
    if (dividend === undefined || divisor === undefined) {
      return notANumber(dividend === undefined ? dividendColumn : divisorColumn);
    }
    if (divisor.units === 0n) return { code: 'division-by-zero', message: `The column ${divisorColumn} is 0.` };
    const text = formatExact(quotient(dividend, divisor, round));
    return decimalMark === ',' ? text.replace('.', ',') : text;
  };
}

function finisher(rule: CellRule, ledger: ZonedCalendar): MakeCellFromText {
  if (rule.date !== undefined) return dateFinisher(rule.date, ledger);
  if (rule.number !== undefined) return numberFinisher(rule.number);
  return (cell) => cell;
}

type MakeCellFromText = (cell: string) => string | Omit<CellError, 'field'>;

/** The last answer is kept: the lines of a document mostly have one date. */
function dateFinisher(rule: DateRule, ledger: ZonedCalendar): MakeCellFromText {
  const read = dateReader(rule, ledger);
  let last: { readonly cell: string; readonly date: ReturnType<MakeCellFromText> } | undefined;
  return (cell) => {
    if (last?.cell !== cell) last = { cell, date: read(cell) };
    return last.date;
  };
}

function dateReader({ pattern, zone }: DateRule, ledger: ZonedCalendar): MakeCellFromText {
  const reader = new DatePattern(pattern);
  const calendar = zone === undefined || zone === 'ledger' ? ledger : new ZonedCalendar(zone);
  return (cell) => {
    const clock = reader.read(cell);
    const instant = clock === undefined ? undefined : calendar.parseLocal(`${clock.date} ${clock.time}`);
    if (clock === undefined || instant === undefined || parseDate(clock.date) === undefined) {
      return { code: 'date-pattern', message: `Must be a date of the form ${pattern}.` };
    }
    return zone === undefined ? clock.date : formatInstant(instant);
  };
}

function numberFinisher({ decimalMark, negate, round }: NumberRule): MakeCellFromText {
  return (cell) => {
    const parsed = parseExact(cell, decimalMark);
    if (parsed === undefined) return { code: 'not-a-number', message: 'Must be a number.' };
    let number: ExactDecimal = parsed;
    if (negate) number = negated(number);
    if (round !== undefined) number = rounded(number, round);
    return formatExact(number);
  };
}

function notANumber(column: string): Omit<CellError, 'field'> {
  return { code: 'not-a-number', message: `The column ${column} must hold a number.` };
}
