import type { AnyBulkWriteOperation, Document as BsonDocument } from 'mongodb';
import {
  type CollectionDefinition,
  checkLimit,
  checkSums,
  comparisonsOf,
  type Document,
  type DocumentKey,
  type DocumentWrite,
  type FieldAsked,
  type FieldValue,
  type Filter,
  type FindOptions,
  fieldsAsked,
  type LatestOptions,
  latestBound,
  type OrderedField,
  orderOf,
  type SumOptions,
  storedDocument,
  storedKey,
} from '#event-sourcing';
import { allOf, behindCursor, conditionOf, sortOf } from './mongo-query.js';

/** A document as it lies in MongoDB: its fields that are not null, or none but these when it was taken away. */
export interface BsonRow {
  /** The key's values as a JSON array: unambiguous, since each field of a key has one type. */
  readonly _id: string;
  /** Position of the newest event in the document, or of the one that took it away. */
  readonly _position: bigint;
  readonly [field: string]: unknown;
}

/**
 * How one collection is stored and asked. Field types are kept as they are: `integer` as a Long, `number` as a double,
 * `json` as its text, which keeps the order of keys and cannot be taken for operators or paths.
 *
 * A document that is taken away leaves its position behind, so that a batch which is repeated on a server without
 * transactions cannot bring it back. Such a remainder has no key fields, which is how queries leave it out.
 */
export class StoredCollection {
  private readonly asked: readonly FieldAsked[];

  constructor(readonly definition: CollectionDefinition) {
    this.asked = fieldsAsked(definition, {});
  }

  /** The key's own index, in its order, and the declared ones. */
  get indexes(): Map<string, 1>[] {
    const { key, indexes = [] } = this.definition;
    return [key, ...indexes].map((fields) => new Map(fields.map((field) => [field, 1])));
  }

  idOf(key: DocumentKey): string {
    return JSON.stringify(
      storedKey(this.definition, key).map((value) => (typeof value === 'bigint' ? `${value}` : value)),
    );
  }

  rowOf({ key, position, document }: DocumentWrite): BsonRow {
    const row: Record<string, unknown> & { _id: string; _position: bigint } = {
      _id: this.idOf(key),
      _position: position,
    };
    if (document === null) return row;
    for (const [index, value] of storedDocument(this.definition, key, document).entries()) {
      if (value !== null) row[this.asked[index]?.name ?? ''] = value;
    }
    return row;
  }

  /** Whether a document lies in the row, and not the remainder of one. */
  isDocument(row: BsonDocument): boolean {
    return row[this.definition.key[0] ?? ''] !== undefined;
  }

  /** @param asked those that it is to have */
  documentOf(row: BsonDocument, asked = this.asked): Document {
    const document: Record<string, FieldValue> = {};
    for (const { name, type } of asked) {
      const value = row[name] ?? null;
      document[name] = type === 'json' && typeof value === 'string' ? JSON.parse(value) : value;
    }
    return document;
  }

  filterOf(filter: Filter | undefined, order: readonly OrderedField[] = []): BsonDocument {
    const conditions = comparisonsOf(this.definition, filter).map(conditionOf);
    return allOf([...conditions, ...behindCursor(order), { [this.definition.key[0] ?? '']: { $ne: null } }]);
  }

  find(options: FindOptions): { filter: BsonDocument; sort: Map<string, 1 | -1>; projection: BsonDocument } {
    checkLimit(options.limit);
    const order = orderOf(this.definition, options);
    const fields = fieldsAsked(this.definition, options).map(({ name }) => [name, 1]);
    return {
      filter: this.filterOf(options.filter, order),
      sort: sortOf(order),
      projection: { _id: 0, ...Object.fromEntries(fields) },
    };
  }

  sumBy(options: SumOptions): BsonDocument[] {
    checkSums(this.definition, options);
    const sums = options.sum.map((field) => [field, { $sum: `$${field}` }]);
    return [
      { $match: this.filterOf(options.filter) },
      { $group: { _id: groupId(options.groupBy), ...Object.fromEntries(sums) } },
    ];
  }

  /** @throws RangeError for a sum beyond 64 bits, which MongoDB makes a double of */
  sumsOf({ groupBy, sum }: SumOptions, group: BsonDocument): Document {
    const document: Record<string, FieldValue> = {};
    for (const field of groupBy) document[field] = (groupBy.length === 1 ? group._id : group._id[field]) ?? null;
    for (const field of sum) document[field] = exactInteger(group[field]);
    return document;
  }

  /** All directions descend, so that the key's index gives this order when it is read backwards. */
  latestBy(options: LatestOptions): BsonDocument[] {
    const upTo = latestBound(this.definition, options);
    const conditions = comparisonsOf(this.definition, options.filter).map(conditionOf);
    return [
      { $match: allOf([...conditions, { [options.by]: { $lte: upTo } }]) },
      { $sort: Object.fromEntries(this.definition.key.map((field) => [field, -1])) },
      {
        $group: {
          _id: groupId(options.groupBy),
          ...firstOf(fieldsAsked(this.definition, options).map(({ name }) => name)),
        },
      },
    ];
  }
}

/** Writes the row unless one is there that is as new: then the insertion fails on the duplicate `_id`. */
export function guardedReplacement(row: BsonRow): AnyBulkWriteOperation<BsonRow> {
  const { _id, ...replacement } = row;
  return { replaceOne: { filter: { _id, _position: { $lt: row._position } }, replacement, upsert: true } };
}

export function plainReplacement(row: BsonRow): AnyBulkWriteOperation<BsonRow> {
  const { _id, ...replacement } = row;
  return { replaceOne: { filter: { _id }, replacement, upsert: true } };
}

/** One field as it is, for then MongoDB can leap from one group to the next in an index. */
function groupId(groupBy: readonly string[]): BsonDocument | string | null {
  const [only, ...others] = groupBy.map((field) => `$${field}`);
  if (only === undefined || others.length === 0) return only ?? null;
  return Object.fromEntries(groupBy.map((field) => [field, `$${field}`]));
}

/** The fields of each group's first document. */
function firstOf(fields: readonly string[]): BsonDocument {
  return Object.fromEntries(fields.map((field) => [field, { $first: `$${field}` }]));
}

function exactInteger(sum: unknown): bigint {
  if (typeof sum === 'bigint') return sum;
  // Where nothing but nulls was added, it is an integer of 32 bits.
  if (typeof sum === 'number' && Number.isSafeInteger(sum)) return BigInt(sum);
  throw new RangeError('a sum that 64 bits cannot hold');
}
