import type { Document as BsonDocument } from 'mongodb';
import type { Comparison, OrderedField, Scalar } from '#event-sourcing';

/**
 * Queries as MongoDB takes them. Every value stands behind an operator of ours, so that none can be one itself; names
 * are the definition's.
 */

const NOTHING: BsonDocument = { _id: { $in: [] } };

/** All of the conditions hold. */
export function allOf(conditions: readonly BsonDocument[]): BsonDocument {
  return conditions.length === 0 ? {} : { $and: conditions };
}

export function conditionOf(comparison: Comparison): BsonDocument {
  const { field } = comparison;
  switch (comparison.operator) {
    case 'in':
      return { [field]: { $in: comparison.values } };
    case 'contains':
      return { [field]: { $regex: patternOf(comparison.value) } };
    default:
      // `$eq: null` also meets a field that is left out; ranges meet values of the bound's type only, so never null.
      return { [field]: { [`$${comparison.operator}`]: comparison.value } };
  }
}

/** A pattern for the text itself with its ASCII letters in either case; the option `i` would fold other letters, too. */
function patternOf(lowerCase: string): string {
  return lowerCase
    .replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')
    .replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

export function sortOf(order: readonly OrderedField[]): Map<string, 1 | -1> {
  return new Map(order.map(({ field, direction }) => [field, direction === 'asc' ? 1 : -1]));
}

/** That a document lies behind the order's cursor; nothing where it has none. */
export function behindCursor(order: readonly OrderedField[]): BsonDocument[] {
  const [first] = order;
  if (first?.after === undefined) return [];
  const branches = order.map((last, index) =>
    allOf([...order.slice(0, index).map(({ field, after }) => ({ [field]: { $eq: after } })), behindField(last)]),
  );
  return [...seekBound(first, first.after), { $or: branches }];
}

function behindField({ field, direction, after }: OrderedField): BsonDocument {
  if (after === null) return direction === 'asc' ? { [field]: { $ne: null } } : NOTHING;
  return direction === 'asc'
    ? { [field]: { $gt: after } }
    : { $or: [{ [field]: { $lt: after } }, { [field]: { $eq: null } }] };
}

/** Follows from the branches; says it in a form that an index can seek. */
function seekBound({ field, direction, nullable }: OrderedField, after: Scalar): BsonDocument[] {
  if (after === null || (direction === 'desc' && nullable)) return [];
  return [{ [field]: { [direction === 'asc' ? '$gte' : '$lte']: after } }];
}
