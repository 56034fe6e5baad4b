import {
  type CollectionDefinition,
  type Condition,
  cursorOf,
  type Document,
  type FieldValue,
  type Filter,
  type FindOptions,
  type LatestOptions,
  type SumOptions,
  totalOrder,
} from '#event-sourcing';

/** What the read store port promises of queries, said in the plainest way, to compare stores with. */

/** The order of field values: null, then numbers by size, texts by UTF-8 bytes, false before true. */
export function compareValues(a: FieldValue, b: FieldValue): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return Number(a > b) - Number(a < b);
}

export function modelFind(
  definition: CollectionDefinition,
  documents: readonly Document[],
  options: FindOptions,
): Document[] {
  const order = totalOrder(definition, options.sort);
  const compareCursors = (a: readonly FieldValue[], b: readonly FieldValue[]): number => {
    for (const [index, { direction }] of order.entries()) {
      const difference = compareValues(a[index] ?? null, b[index] ?? null);
      if (difference !== 0) return direction === 'asc' ? difference : -difference;
    }
    return 0;
  };
  const cursor = (document: Document) => cursorOf(definition, options.sort ?? [], document);
  const { after } = options;
  return matching(documents, options.filter)
    .sort((a, b) => compareCursors(cursor(a), cursor(b)))
    .filter((document) => after === undefined || compareCursors(cursor(document), after) > 0)
    .slice(0, options.limit)
    .map((document) => (options.fields === undefined ? document : pick(document, options.fields)));
}

export function modelSumBy(documents: readonly Document[], { filter, groupBy, sum }: SumOptions): Document[] {
  return grouped(matching(documents, filter), groupBy).map((group) => ({
    ...pick(group[0] ?? {}, groupBy),
    ...Object.fromEntries(
      sum.map((field) => [
        field,
        group.reduce((total, document) => total + (typeof document[field] === 'bigint' ? document[field] : 0n), 0n),
      ]),
    ),
  }));
}

export function modelLatestBy(documents: readonly Document[], options: LatestOptions): Document[] {
  const { filter, groupBy, by, upTo, fields } = options;
  const candidates = matching(documents, filter).filter((document) => compareValues(document[by] ?? null, upTo) <= 0);
  return grouped(candidates, groupBy).flatMap((group) =>
    group
      .sort((a, b) => compareValues(b[by] ?? null, a[by] ?? null))
      .slice(0, 1)
      .map((document) => (fields === undefined ? document : pick(document, fields))),
  );
}

export function matching(documents: readonly Document[], filter: Filter = {}): Document[] {
  return documents.filter((document) =>
    Object.entries(filter).every(([field, condition]) => meets(document[field] ?? null, condition)),
  );
}

function meets(value: FieldValue, condition: Condition): boolean {
  if ('eq' in condition) return compareValues(value, condition.eq) === 0;
  if ('in' in condition) return condition.in.some((each) => compareValues(value, each) === 0);
  if ('contains' in condition) {
    return typeof value === 'string' && asciiLowerCase(value).includes(asciiLowerCase(condition.contains));
  }
  if (value === null) return false;
  const { gt, gte, lt, lte } = condition;
  return (
    (gt === undefined || compareValues(value, gt) > 0) &&
    (gte === undefined || compareValues(value, gte) >= 0) &&
    (lt === undefined || compareValues(value, lt) < 0) &&
    (lte === undefined || compareValues(value, lte) <= 0)
  );
}

function asciiLowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function grouped(documents: readonly Document[], groupBy: readonly string[]): Document[][] {
  const groups = new Map<string, Document[]>();
  for (const document of documents) {
    const key = JSON.stringify(groupBy.map((field) => [typeof document[field], String(document[field])]));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [document]);
    else group.push(document);
  }
  return [...groups.values()];
}

function pick(document: Document, fields: readonly string[]): Document {
  return Object.fromEntries(fields.map((field) => [field, document[field] ?? null]));
}
