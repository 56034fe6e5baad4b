import { createHash } from 'node:crypto';
import type { JsonValue } from '../json.js';
import type { CollectionDefinition, Document, DocumentKey, FieldValue } from '../read-store.js';

/** The fields that two collections both have, of one type, in an order that is the same for both. */
export function sharedFields(one: CollectionDefinition, other: CollectionDefinition): readonly string[] {
  return Object.keys(one.fields)
    .filter((field) => one.fields[field] === other.fields[field])
    .sort();
}

/** The document's values of these fields: equal texts are equal values, in whatever order the members of `json` lie. */
export function documentText(fields: readonly string[], document: Document): string {
  return JSON.stringify(fields.map((field) => plain(document[field] ?? null)));
}

/** The value as JSON can hold it, integers as texts, members sorted. */
export function plain(value: FieldValue): JsonValue {
  if (typeof value === 'bigint') return String(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((each) => plain(each ?? null));
  const entries = Object.entries(value as Record<string, JsonValue | undefined>);
  return Object.fromEntries(
    entries
      .filter((entry): entry is [string, JsonValue] => entry[1] !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, plain(member)]),
  );
}

export function keyOf({ key }: CollectionDefinition, document: Document): DocumentKey {
  return key.map((field) => document[field] as string | bigint);
}

const MODULUS = 2n ** 256n;

/**
 * A digest of documents in any order: the sum of the SHA-256 hashes of their texts, modulo 2^256. Two collections of the
 * same documents have the same one.
 */
export class DocumentsDigest {
  #sum = 0n;
  #count = 0;

  /** @param hash as {@link documentHash} gives it */
  add(hash: bigint): void {
    this.#sum = (this.#sum + hash) % MODULUS;
    this.#count += 1;
  }

  get count(): number {
    return this.#count;
  }

  /** 64 hexadecimal digits. */
  get text(): string {
    return this.#sum.toString(16).padStart(64, '0');
  }
}

export function documentHash(text: string): bigint {
  return BigInt(`0x${createHash('sha256').update(text).digest('hex')}`);
}
