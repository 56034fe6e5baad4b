import { ZonedCalendar } from '#calendar';
import { columnsOf, IMPORT_FORMS, type ImportForm, type ImportKind } from '../import-forms.js';
import { DatePattern } from './date-pattern.js';
import type { CellRule, Condition, DateRule, Fields, ImportMap, NumberRule } from './import-map.js';
import { MapError, MapReader } from './map-reader.js';

const SOURCES = ['column', 'value', 'template', 'divide'] as const;
const RULE_MEMBERS = [...SOURCES, 'values', 'default', 'date', 'zone', 'decimalMark', 'negate', 'round'];
/** Columns of orders that mean the same for credit notes. */
const SHARED_COLUMNS = ['accountId', 'accountName', 'currency', 'sku', 'quantity', 'unitPrice'];

/**
 * The map that parsed JSON describes, checked against the kind of import that it is for.
 * @throws MapError that names everything wrong with it
 */
export function parseImportMap(json: unknown, kind: ImportKind): ImportMap {
  const reader = new MapReader();
  const map = readMap(reader, json, IMPORT_FORMS[kind]);
  if (map === undefined || reader.faults.length > 0) throw new MapError(reader.faults);
  return map;
}

function readMap(reader: MapReader, json: unknown, form: ImportForm): ImportMap | undefined {
  const members = ['about', 'delimiter', 'encoding', 'keep', 'drop', 'fields', 'creditNotes'];
  const object = reader.object(json, '', members);
  if (object === undefined) return undefined;
  const condition = (item: unknown, place: string) => readCondition(reader, item, place);
  const about = reader.optionalText(object.about, 'about', { max: 2_000 });
  const delimiter = reader.optionalText(object.delimiter, 'delimiter', { max: 1 });
  const encoding = readEncoding(reader, object.encoding);
  const keep = reader.list(object.keep, 'keep', 50, condition);
  const drop = reader.list(object.drop, 'drop', 50, condition);
  const fields = readFields(reader, object.fields, 'fields', form);
  const creditNotes =
    object.creditNotes === undefined ? undefined : readCreditNotes(reader, object.creditNotes, fields, form);
  return {
    ...(about !== undefined && { about }),
    ...(delimiter !== undefined && { delimiter }),
    ...(encoding !== undefined && { encoding }),
    keep,
    drop,
    fields,
    ...(creditNotes !== undefined && { creditNotes }),
  };
}

function readEncoding(reader: MapReader, value: unknown): string | undefined {
  const encoding = reader.optionalText(value, 'encoding', { max: 40 });
  if (encoding === undefined) return undefined;
  try {
    return new TextDecoder(encoding).encoding;
  } catch {
    return reader.fault('encoding', `"${encoding}" is no encoding of text; try utf-8 or windows-1252`);
  }
}

function readCreditNotes(
  reader: MapReader,
  value: unknown,
  orders: Fields,
  form: ImportForm,
): ImportMap['creditNotes'] | undefined {
  const place = 'creditNotes';
  if (form.kind !== 'orders') return reader.fault(place, 'is for the kind orders only');
  const object = reader.object(value, place, ['when', 'fields']);
  if (object === undefined) return undefined;
  const when = readCondition(reader, object.when, `${place}.when`);
  const shared = Object.fromEntries(Object.entries(orders).filter(([column]) => SHARED_COLUMNS.includes(column)));
  const fields = readFields(reader, object.fields, `${place}.fields`, IMPORT_FORMS['credit-notes'], shared);
  return when === undefined ? undefined : { when, fields };
}

function readFields(reader: MapReader, value: unknown, place: string, form: ImportForm, given: Fields = {}): Fields {
  const object = reader.record(value, place, 50);
  if (object === undefined) return given;
  const fields: Record<string, CellRule> = { ...given };
  const columns = columnsOf(form);
  for (const [column, rule] of Object.entries(object)) {
    if (!columns.includes(column)) {
      reader.fault(place, `"${column.slice(0, 64)}" is no column of ${form.kind}; those are ${columns.join(', ')}`);
      continue;
    }
    const read = readRule(reader, rule, `${place}.${column}`, column, form);
    if (read !== undefined) fields[column] = read;
  }
  for (const column of form.required) {
    if (!Object.hasOwn(object, column) && !Object.hasOwn(given, column)) reader.fault(place, `${column} is missing`);
  }
  return fields;
}

function readCondition(reader: MapReader, value: unknown, place: string): Condition | undefined {
  const object = reader.object(value, place, ['column', 'is', 'startsWith']);
  if (object === undefined) return undefined;
  const column = reader.text(object.column, `${place}.column`);
  const tests = (['is', 'startsWith'] as const).filter((test) => object[test] !== undefined);
  const [test] = tests;
  if (test === undefined || tests.length > 1) return reader.fault(place, 'must have one of is, startsWith');
  const min = test === 'is' ? 0 : 1;
  const given = object[test];
  const texts = reader.list(Array.isArray(given) ? given : [given], `${place}.${test}`, 1_000, (item, at) =>
    reader.text(item, at, { min }),
  );
  return column === undefined ? undefined : { column, test, texts };
}

function readRule(
  reader: MapReader,
  value: unknown,
  place: string,
  column: string,
  form: ImportForm,
): CellRule | undefined {
  const object = reader.object(value, place, RULE_MEMBERS);
  if (object === undefined) return undefined;
  const source = readSource(reader, object, place);
  const values = object.values === undefined ? undefined : readValues(reader, object.values, `${place}.values`);
  const byDefault = reader.optionalText(object.default, `${place}.default`, { max: 2_000 });
  const date = readDate(reader, object, place, column, form);
  const number = readNumber(reader, object, place);
  if (date !== undefined && number !== undefined) return reader.fault(place, 'cannot be a date and a number');
  if (source === undefined) return undefined;
  return {
    source,
    ...(values !== undefined && { values }),
    ...(byDefault !== undefined && { default: byDefault }),
    ...(date !== undefined && { date }),
    ...(number !== undefined && { number }),
  };
}

function readSource(
  reader: MapReader,
  object: Readonly<Record<string, unknown>>,
  place: string,
): CellRule['source'] | undefined {
  const given = SOURCES.filter((name) => object[name] !== undefined);
  const [name] = given;
  if (name === undefined || given.length > 1) return reader.fault(place, `must have one of ${SOURCES.join(', ')}`);
  if (name === 'divide') {
    const [dividend, divisor, ...more] = reader.list(object.divide, `${place}.divide`, 2, (item, at) =>
      reader.text(item, at),
    );
    if (dividend === undefined || divisor === undefined || more.length > 0) {
      return reader.fault(`${place}.divide`, 'must be a list of two columns');
    }
    if (object.round === undefined) return reader.fault(place, 'divide needs round: how many decimals are left');
    return { divide: [dividend, divisor] };
  }
  const text = reader.text(object[name], `${place}.${name}`, { max: name === 'value' ? 2_000 : 200 });
  if (text === undefined) return undefined;
  if (name === 'template') return readTemplate(reader, text, `${place}.template`);
  return name === 'value' ? { value: text } : { column: text };
}

function readTemplate(reader: MapReader, text: string, place: string): CellRule['source'] | undefined {
  const parts: (string | { column: string } | { row: true })[] = [];
  for (const [part, name] of text.matchAll(/\{([^{}]+)\}|[^{}]+|[{}]/g)) {
    if (part === '{' || part === '}') return reader.fault(place, 'has a brace without its other one');
    if (name === undefined) parts.push(part);
    else parts.push(name === 'row' ? { row: true } : { column: name });
  }
  return { template: parts };
}

function readValues(reader: MapReader, value: unknown, place: string): ReadonlyMap<string, string> | undefined {
  const object = reader.record(value, place, 1_000);
  if (object === undefined) return undefined;
  const values = new Map<string, string>();
  for (const [from, to] of Object.entries(object)) {
    const text = reader.text(to, `${place}["${from.slice(0, 64)}"]`, { min: 0 });
    if (text !== undefined) values.set(from, text);
  }
  return values;
}

function readDate(
  reader: MapReader,
  object: Readonly<Record<string, unknown>>,
  place: string,
  column: string,
  form: ImportForm,
): DateRule | undefined {
  if (object.date === undefined) {
    return object.zone === undefined ? undefined : reader.fault(place, 'zone goes with date');
  }
  if (column !== form.instant && column !== form.date) return reader.fault(`${place}.date`, `${column} is no date`);
  const pattern = reader.text(object.date, `${place}.date`, { max: 60 });
  if (pattern === undefined) return undefined;
  let compiled: DatePattern;
  try {
    compiled = new DatePattern(pattern);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return reader.fault(`${place}.date`, error.message);
  }
  if (column === form.date) {
    if (object.zone !== undefined) return reader.fault(`${place}.zone`, `${column} is a day, it has no zone`);
    return compiled.hasTime ? reader.fault(`${place}.date`, `${column} is a day, it has no time`) : { pattern };
  }
  const zone = reader.text(object.zone, `${place}.zone`, { max: 60 });
  if (zone === undefined) return undefined;
  if (zone !== 'ledger') {
    try {
      new ZonedCalendar(zone);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return reader.fault(`${place}.zone`, `"${zone}" is no time zone; try UTC, Europe/London, or ledger for its own`);
    }
  }
  return { pattern, zone };
}

function readNumber(
  reader: MapReader,
  object: Readonly<Record<string, unknown>>,
  place: string,
): NumberRule | undefined {
  const { decimalMark, negate, round, divide } = object;
  if ([decimalMark, negate, round, divide].every((member) => member === undefined)) return undefined;
  const mark = decimalMark === undefined ? '.' : reader.oneOf(decimalMark, `${place}.decimalMark`, ['.', ',']);
  const places = round === undefined ? undefined : reader.integer(round, `${place}.round`, 0, 12);
  return {
    decimalMark: mark ?? '.',
    negate: reader.flag(negate, `${place}.negate`),
    ...(places !== undefined && { round: places }),
  };
}
