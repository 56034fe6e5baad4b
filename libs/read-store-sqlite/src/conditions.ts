import type { Comparison, OrderedField, Scalar } from '#event-sourcing';

/** What SQLite can bind. */
export type Binding = string | bigint | number | null;

/** A piece of SQL with the values for its question marks. */
export interface SqlPiece {
  readonly sql: string;
  readonly bindings: readonly Binding[];
}

const OPERATORS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

export function bindingOf(value: Scalar): Binding {
  return typeof value === 'boolean' ? BigInt(value) : value;
}

/** A declared name in quotes; the rules of collections leave only letters, digits and underscores. */
export function quoted(name: string): string {
  return `"${name}"`;
}

/** ` WHERE …` that all of the conditions hold; nothing where there are none. */
export function whereAll(conditions: readonly SqlPiece[]): SqlPiece {
  if (conditions.length === 0) return { sql: '', bindings: [] };
  return { sql: ` WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`, bindings: bindingsOf(conditions) };
}

export function bindingsOf(pieces: readonly SqlPiece[]): Binding[] {
  return pieces.flatMap(({ bindings }) => bindings);
}

export function conditionOf(comparison: Comparison): SqlPiece {
  const column = quoted(comparison.field);
  switch (comparison.operator) {
    case 'eq':
      return equals(comparison.field, bindingOf(comparison.value));
    case 'in':
      // One statement for any number of values, and no bound on it.
      return {
        sql: `${column} IN (SELECT value FROM json_each(?))`,
        bindings: [jsonArray(comparison.values)],
      };
    case 'contains':
      // lower() knows ASCII only, as the port asks; instr() knows no patterns.
      return { sql: `instr(lower(${column}), ?) > 0`, bindings: [comparison.value] };
    default:
      return { sql: `${column} ${OPERATORS[comparison.operator]} ?`, bindings: [bindingOf(comparison.value)] };
  }
}

function equals(field: string, value: Binding): SqlPiece {
  return value === null
    ? { sql: `${quoted(field)} IS NULL`, bindings: [] }
    : { sql: `${quoted(field)} = ?`, bindings: [value] };
}

function jsonArray(values: readonly Scalar[]): string {
  return `[${values.map((value) => (typeof value === 'bigint' ? String(value) : JSON.stringify(value))).join(',')}]`;
}

/** ` ORDER BY …`; SQLite, too, puts null below everything. */
export function orderBy(order: readonly OrderedField[]): string {
  if (order.length === 0) return '';
  return ` ORDER BY ${order.map(({ field, direction }) => `${quoted(field)} ${direction === 'asc' ? 'ASC' : 'DESC'}`).join(', ')}`;
}

/** That a row lies behind the order's cursor; nothing where it has none. */
export function behindCursor(order: readonly OrderedField[]): SqlPiece[] {
  const after = order.flatMap(({ after }) => (after === undefined ? [] : [bindingOf(after)]));
  const first = order[0];
  if (first === undefined || after.length < order.length) return [];
  if (order.every(({ nullable, direction }) => !nullable && direction === first.direction)) {
    // A comparison of rows is answered by one seek in an index.
    const columns = order.map(({ field }) => quoted(field)).join(', ');
    const operator = first.direction === 'asc' ? '>' : '<';
    return [{ sql: `(${columns}) ${operator} (${order.map(() => '?').join(', ')})`, bindings: after }];
  }
  const branches = order.map((last, index) => branchBehind(order.slice(0, index), last, after));
  return [
    ...seekBound(first, after[0] ?? null),
    { sql: `(${branches.map(({ sql }) => sql).join(' OR ')})`, bindings: bindingsOf(branches) },
  ];
}

/** Equal to the cursor in the first fields and behind it in the next. */
function branchBehind(equal: readonly OrderedField[], last: OrderedField, after: readonly Binding[]): SqlPiece {
  const pieces = equal.map(({ field }, index) => equals(field, after[index] ?? null));
  pieces.push(behindField(last, after[equal.length] ?? null));
  return { sql: `(${pieces.map(({ sql }) => sql).join(' AND ')})`, bindings: bindingsOf(pieces) };
}

function behindField({ field, direction }: OrderedField, value: Binding): SqlPiece {
  const column = quoted(field);
  if (value === null) return { sql: direction === 'asc' ? `${column} IS NOT NULL` : 'FALSE', bindings: [] };
  return direction === 'asc'
    ? { sql: `${column} > ?`, bindings: [value] }
    : { sql: `(${column} < ? OR ${column} IS NULL)`, bindings: [value] };
}

/** Follows from the branches; says it in a form that an index can seek. */
function seekBound({ field, direction, nullable }: OrderedField, value: Binding): SqlPiece[] {
  if (value === null || (direction === 'desc' && nullable)) return [];
  return [{ sql: `${quoted(field)} ${direction === 'asc' ? '>=' : '<='} ?`, bindings: [value] }];
}
