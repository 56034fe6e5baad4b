import { type CollectionDefinition, type FieldType, type Sort, totalOrder } from '#event-sourcing';

/** What the values of a list's cursors are, in their order. */
export type CursorForm = readonly CursorPlace[];

export interface CursorPlace {
  /** A field's, or `count`: a whole number from 0 on. */
  readonly type: FieldType | 'count';
  /** Whether it can be null instead; default: it cannot. */
  readonly nullable?: boolean;
}

/** The form of `cursorOf`'s cursors of a collection in an order. */
export function storedCursorForm(collection: CollectionDefinition, sort: readonly Sort[]): CursorForm {
  return totalOrder(collection, sort).map(({ field }) => ({
    type: collection.fields[field] ?? 'json',
    nullable: !collection.key.includes(field),
  }));
}

/** Whether these are values of cursors of the form. */
export function hasForm(values: readonly unknown[], form: CursorForm): boolean {
  return values.length === form.length && form.every((place, index) => isOf(place, values[index]));
}

function isOf({ nullable = false, type }: CursorPlace, value: unknown): boolean {
  if (value === null) return nullable;
  switch (type) {
    case 'text':
      return typeof value === 'string';
    case 'integer':
      return typeof value === 'bigint' && BigInt.asIntN(64, value) === value;
    case 'number':
      return Number.isFinite(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'count':
      return Number.isSafeInteger(value) && Number(value) >= 0;
    // Nothing is sorted by it.
    case 'json':
      return false;
  }
}
