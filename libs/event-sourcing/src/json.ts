/** What a JSON text can hold. Events, metadata and documents are made of nothing else. */
export type JsonValue = string | number | boolean | null | JsonArray | JsonObject;
export type JsonArray = readonly JsonValue[];
export type JsonObject = { readonly [key: string]: JsonValue | undefined };

const INTEGER_LIKE = /^(0|[1-9][0-9]*)$/;
const [ZERO, NINE] = [0x30, 0x39];

/**
 * The same value with the keys of every object in ascending order of UTF-16 code units and `undefined` members left out,
 * so that `JSON.stringify` of it is the canonical JSON of RFC 8785; itself, where it is in that form already.
 * @throws TypeError for a number that JSON cannot hold, and for a key that looks like an array index: a JavaScript
 * object lists those before all others, whatever the order in which they were put in.
 */
export function canonical<T extends JsonValue>(value: T): T {
  return isCanonical(value) ? value : (canonicalValue(value) as T);
}

/** False also for what might not be: {@link canonicalValue} then looks closely. */
function isCanonical(value: JsonValue | undefined): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return value !== undefined;
  if (Array.isArray(value)) {
    for (const item of value) if (!isCanonical(item)) return false;
    return true;
  }
  const source = value as JsonObject;
  let before = '';
  for (const key of Object.keys(source)) {
    const first = key.charCodeAt(0);
    // Keys that look like an array index begin with a digit.
    if (key <= before || (first >= ZERO && first <= NINE) || !isCanonical(source[key])) return false;
    before = key;
  }
  return true;
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
    checkKey(key);
    const member = source[key];
    if (member !== undefined) sorted[key] = canonicalValue(member);
  }
  return sorted;
}

/** Canonical JSON text (RFC 8785) of a value; the errors are those of {@link canonical}. */
export function canonicalText(value: JsonValue): string {
  return isCanonical(value) ? JSON.stringify(value) : sortedText(value);
}

/** The text without the value of {@link canonicalValue} in between. */
function sortedText(value: JsonValue | undefined): string {
  if (typeof value === 'string') return jsonText(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(canonicalValue(value ?? null));
  if (Array.isArray(value)) return `[${value.map(sortedText).join()}]`;
  const source = value as JsonObject;
  let text = '';
  for (const key of Object.keys(source).sort()) {
    checkKey(key);
    const member = source[key];
    if (member !== undefined) text += `${text === '' ? '' : ','}${jsonText(key)}:${sortedText(member)}`;
  }
  return `{${text}}`;
}

function checkKey(key: string): void {
  if (INTEGER_LIKE.test(key)) throw new TypeError(`the key "${key}" has no canonical order in a JavaScript object`);
}

/** Printable ASCII but for the quotation mark and the backslash. */
const UNESCAPED = /^[ !#-[\]-~]*$/;

/** What `JSON.stringify` gives for a text, quicker for the plain ones. */
export function jsonText(text: string): string {
  return UNESCAPED.test(text) ? `"${text}"` : JSON.stringify(text);
}
