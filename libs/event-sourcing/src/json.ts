/** What a JSON text can hold. Events, metadata and documents are made of nothing else. */
export type JsonValue = string | number | boolean | null | JsonArray | JsonObject;
export type JsonArray = readonly JsonValue[];
export type JsonObject = { readonly [key: string]: JsonValue | undefined };

const INTEGER_LIKE = /^(0|[1-9][0-9]*)$/;

/**
 * The same value with the keys of every object in ascending order of UTF-16 code units and `undefined` members left out,
 * so that `JSON.stringify` of it is the canonical JSON of RFC 8785.
 * @throws TypeError for a number that JSON cannot hold, and for a key that looks like an array index: a JavaScript
 * object lists those before all others, whatever the order in which they were put in.
 */
export function canonical<T extends JsonValue>(value: T): T {
  return canonicalValue(value) as T;
}

function canonicalValue(value: JsonValue): JsonValue {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('a number that JSON cannot hold');
    return value;
  }
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(canonicalValue);
  const source = value as JsonObject;
  const sorted: Record<string, JsonValue> = {};
  for (const key of Object.keys(source).sort()) {
    if (INTEGER_LIKE.test(key)) throw new TypeError(`the key "${key}" has no canonical order in a JavaScript object`);
    const member = source[key];
    if (member !== undefined) sorted[key] = canonicalValue(member);
  }
  return sorted;
}

/** Canonical JSON text (RFC 8785) of a value; the errors are those of {@link canonical}. */
export function canonicalText(value: JsonValue): string {
  return JSON.stringify(canonical(value));
}
