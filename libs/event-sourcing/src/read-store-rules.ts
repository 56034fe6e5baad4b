import {
  type CollectionDefinition,
  type Condition,
  type Document,
  type DocumentKey,
  type FieldType,
  type FieldValue,
  type Filter,
  type FindOptions,
  type LatestOptions,
  type Sort,
  type SumOptions,
  totalOrder,
} from './read-store.js';

/**
 * What every adapter of the {@link ReadStore} port asks before it touches its store, so that all of them take and refuse
 * the same. Nothing passes from a query into SQL or into a MongoDB document but declared field names and scalars.
 */

/** A field's value as it is stored; `json` is stored as its text, which keeps the order of keys and cannot carry operators. */
export type Scalar = string | bigint | number | boolean | null;

/** One comparison of a filter. `contains` comes with ASCII letters in lower case. */
export type Comparison =
  | { readonly field: string; readonly operator: 'eq'; readonly value: Scalar }
  | { readonly field: string; readonly operator: 'in'; readonly values: readonly Scalar[] }
  | { readonly field: string; readonly operator: RangeOperator; readonly value: Scalar }
  | { readonly field: string; readonly operator: 'contains'; readonly value: string };

export type RangeOperator = (typeof RANGE_OPERATORS)[number];

/** A query's order, with the cursor's value where there is one. Fields that the filter holds constant are left out. */
export interface OrderedField extends Sort {
  readonly after?: Scalar;
  /** Whether documents can lack it; key fields never do. */
  readonly nullable: boolean;
}

const RANGE_OPERATORS = ['gt', 'gte', 'lt', 'lte'] as const;
const COLLECTION_NAME = /^[a-z][a-z0-9_]{0,47}$/;
const FIELD_NAME = /^[A-Za-z][A-Za-z0-9_]{0,47}$/;
const MAX_INTEGER = 2n ** 63n - 1n;
const MIN_INTEGER = -(2n ** 63n);
const MAX_CONTAINS_LENGTH = 1_024;

/** @throws TypeError for a definition that breaks the rules of {@link CollectionDefinition} */
export function checkCollection(definition: CollectionDefinition): void {
  const { name, fields, key, indexes = [] } = definition;
  if (!COLLECTION_NAME.test(name)) throw new TypeError(`not a name of a collection: "${name}"`);
  const names = Object.keys(fields);
  const wrong = names.find((field) => !FIELD_NAME.test(field));
  if (wrong !== undefined) throw new TypeError(`not a name of a field of ${name}: "${wrong}"`);
  if (new Set(names.map((field) => field.toLowerCase())).size < names.length) {
    throw new TypeError(`fields of ${name} differ in case only`);
  }
  if (key.length === 0) throw new TypeError(`${name} has no key`);
  for (const field of key) {
    const type = typeOf(definition, field);
    if (type !== 'text' && type !== 'integer')
      throw new TypeError(`${name}.${field} is ${type}: it cannot be in a key`);
  }
  for (const fieldsOfIndex of [key, ...indexes]) checkScalarFields(definition, fieldsOfIndex);
}

/** What is asked of a definition for each document of it. */
interface DocumentForm {
  readonly fields: readonly string[];
  readonly types: readonly FieldType[];
  /** By field: its place in the key; −1: it is not in it. */
  readonly placesInKey: readonly number[];
  readonly keyTypes: readonly FieldType[];
}

const FORMS = new WeakMap<CollectionDefinition, DocumentForm>();

function formOf(definition: CollectionDefinition): DocumentForm {
  const known = FORMS.get(definition);
  if (known !== undefined) return known;
  const fields = Object.keys(definition.fields);
  const form = {
    fields,
    types: fields.map((field) => typeOf(definition, field)),
    placesInKey: fields.map((field) => definition.key.indexOf(field)),
    keyTypes: definition.key.map((field) => typeOf(definition, field)),
  };
  FORMS.set(definition, form);
  return form;
}

/** The key's values in the order of the definition's key. @throws TypeError */
export function storedKey(definition: CollectionDefinition, key: DocumentKey): (string | bigint)[] {
  const { keyTypes } = formOf(definition);
  if (key.length !== keyTypes.length) {
    throw new TypeError(`a key of ${definition.name} has ${keyTypes.length} fields, not ${key.length}`);
  }
  const values: (string | bigint)[] = [];
  for (let place = 0; place < keyTypes.length; place++) {
    const field = definition.key[place] as string;
    const value = scalarOf(definition, field, keyTypes[place] as FieldType, key[place] ?? null);
    if (typeof value !== 'string' && typeof value !== 'bigint') throw wrongValue(definition, field);
    values.push(value);
  }
  return values;
}

/**
 * The document's values in the order of the definition's fields, the key's among them whether the document repeats them
 * or not.
 * @throws TypeError for an undeclared field, a value of another type, or a key field that differs from the key
 */
export function storedDocument(definition: CollectionDefinition, key: DocumentKey, document: Document): Scalar[] {
  const keyValues = storedKey(definition, key);
  const { fields, types, placesInKey } = formOf(definition);
  const values: Scalar[] = [];
  let known = 0;
  // Plain loops: a rebuild comes here for every row that it writes.
  for (let index = 0; index < fields.length; index++) {
    const field = fields[index] as string;
    const value = document[field];
    if (value !== undefined) known += 1;
    const own = scalarOf(definition, field, types[index] as FieldType, value ?? null);
    const place = placesInKey[index] as number;
    if (place < 0) {
      values.push(own);
      continue;
    }
    const inKey = keyValues[place] as string | bigint;
    if (own !== null && own !== inKey)
      throw new TypeError(`${definition.name}.${field} differs from the document's key`);
    values.push(inKey);
  }
  let own = 0;
  for (const _ in document) own += 1;
  if (own !== known) for (const field of Object.keys(document)) typeOf(definition, field);
  return values;
}

/** The filter's comparisons, all of which must hold. @throws TypeError */
export function comparisonsOf(definition: CollectionDefinition, filter: Filter = {}): Comparison[] {
  return Object.entries(filter).flatMap(([field, condition]) => {
    checkScalarFields(definition, [field]);
    return comparisonsOfField(definition, field, condition);
  });
}

function comparisonsOfField(definition: CollectionDefinition, field: string, condition: Condition): Comparison[] {
  const scalar = (value: FieldValue): Scalar => storedValue(definition, field, value);
  if ('eq' in condition) return [{ field, operator: 'eq', value: scalar(condition.eq) }];
  if ('in' in condition) return [{ field, operator: 'in', values: condition.in.map(scalar) }];
  if ('contains' in condition) {
    const text = scalar(condition.contains);
    if (typeof text !== 'string' || text.length > MAX_CONTAINS_LENGTH) throw wrongValue(definition, field);
    return [{ field, operator: 'contains', value: asciiLowerCase(text) }];
  }
  const ranges = RANGE_OPERATORS.flatMap((operator): Comparison[] => {
    const bound = condition[operator];
    return bound === undefined ? [] : [{ field, operator, value: scalar(bound) }];
  });
  if (ranges.length === 0) throw new TypeError(`a condition on ${definition.name}.${field} compares with nothing`);
  return ranges;
}

/** The total order of a query, with its cursor. @throws TypeError */
export function orderOf(definition: CollectionDefinition, options: FindOptions): OrderedField[] {
  const order = totalOrder(definition, options.sort);
  checkScalarFields(
    definition,
    order.map(({ field }) => field),
  );
  const { after } = options;
  if (after !== undefined && after.length !== order.length) {
    throw new TypeError(`a cursor of ${definition.name} in this order has ${order.length} values, not ${after.length}`);
  }
  const constants = new Map(
    comparisonsOf(definition, options.filter).flatMap((each) =>
      each.operator === 'eq' ? [[each.field, each.value]] : [],
    ),
  );
  return order
    .map(({ field, direction }, index): OrderedField => {
      const nullable = !definition.key.includes(field);
      if (after === undefined) return { field, direction, nullable };
      const value = after[index] ?? null;
      if (value === null && !nullable) throw new TypeError(`a cursor of ${definition.name} without ${field}`);
      return { field, direction, nullable, after: storedValue(definition, field, value) };
    })
    .filter(({ field, after }) => !constants.has(field) || (after !== undefined && after !== constants.get(field)));
}

/** @throws TypeError for a limit that is no count */
export function checkLimit(limit: number | undefined): void {
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) throw new TypeError(`not a limit: ${limit}`);
}

/** @throws TypeError for sums of fields that are not integers, and for groups by fields that cannot make any */
export function checkSums(definition: CollectionDefinition, { groupBy, sum }: SumOptions): void {
  checkScalarFields(definition, groupBy);
  checkScalarFields(definition, sum);
  const wrong = sum.find((field) => typeOf(definition, field) !== 'integer' || groupBy.includes(field));
  if (wrong !== undefined) throw new TypeError(`${definition.name}.${wrong} cannot be summed`);
  if (groupBy.length + sum.length === 0) throw new TypeError(`neither groups nor sums of ${definition.name}`);
}

/** A field of the documents of an answer. */
export interface FieldAsked {
  readonly name: string;
  /** How its stored value is to be read; `text` for `json` that is given as its text. */
  readonly type: FieldType;
}

/**
 * The fields that the documents of an answer have.
 * @throws TypeError for one that is not declared, or named twice, for none, or for a text of a field that is not `json`
 */
export function fieldsAsked(
  definition: CollectionDefinition,
  { fields = formOf(definition).fields, asText = [] }: Pick<FindOptions, 'fields' | 'asText'>,
): readonly FieldAsked[] {
  if (fields.length === 0) throw new TypeError(`no fields of ${definition.name}`);
  if (new Set(fields).size < fields.length) throw new TypeError(`a field of ${definition.name} is asked for twice`);
  const wrong = asText.find((field) => typeOf(definition, field) !== 'json');
  if (wrong !== undefined) throw new TypeError(`${definition.name}.${wrong} is no json, which alone has a text`);
  return fields.map((name) => ({ name, type: asText.includes(name) ? 'text' : typeOf(definition, name) }));
}

/** The bound `upTo` as it is stored. @throws TypeError unless `groupBy` and `by` begin the key */
export function latestBound(definition: CollectionDefinition, { groupBy, by, upTo }: LatestOptions): Scalar {
  const prefix = [...groupBy, by];
  if (groupBy.length === 0 || prefix.some((field, index) => definition.key[index] !== field)) {
    throw new TypeError(`${prefix.join(', ')} do not begin the key of ${definition.name}`);
  }
  return storedValue(definition, by, upTo);
}

/**
 * A value as it is stored. In text, NUL becomes U+FFFD, as halves of surrogate pairs do in UTF-8: not every store can
 * hold it, and one such letter must not stop a projection.
 * @throws TypeError for a value of another type than the field's
 */
function storedValue(definition: CollectionDefinition, field: string, value: FieldValue): Scalar {
  return scalarOf(definition, field, value === null ? 'json' : typeOf(definition, field), value);
}

function scalarOf(definition: CollectionDefinition, field: string, type: FieldType, value: FieldValue): Scalar {
  if (value === null) return null;
  switch (type) {
    case 'text':
      if (typeof value === 'string') return value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;
      break;
    case 'integer':
      if (typeof value === 'bigint' && value >= MIN_INTEGER && value <= MAX_INTEGER) return value;
      break;
    case 'number':
      // Adding 0 turns -0, which not every store keeps, into 0.
      if (typeof value === 'number' && Number.isFinite(value)) return value + 0;
      break;
    case 'boolean':
      if (typeof value === 'boolean') return value;
      break;
    case 'json':
      if (typeof value !== 'bigint') return JSON.stringify(value);
  }
  throw wrongValue(definition, field);
}

function typeOf(definition: CollectionDefinition, field: string): FieldType {
  const type = Object.hasOwn(definition.fields, field) ? definition.fields[field] : undefined;
  if (type === undefined) throw new TypeError(`${definition.name} has no field "${field}"`);
  return type;
}

function checkScalarFields(definition: CollectionDefinition, fields: readonly string[]): void {
  const json = fields.find((field) => typeOf(definition, field) === 'json');
  if (json !== undefined) throw new TypeError(`${definition.name}.${json} is json: it can only be read and written`);
  if (new Set(fields).size < fields.length) throw new TypeError(`a field of ${definition.name} is named twice`);
}

function wrongValue(definition: CollectionDefinition, field: string): TypeError {
  return new TypeError(`not a value of ${definition.name}.${field}, which is ${typeOf(definition, field)}`);
}

function asciiLowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
