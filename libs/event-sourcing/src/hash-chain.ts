import { createHash } from 'node:crypto';
import type { EventMetadata } from './event.js';
import { canonicalText, type JsonObject, type JsonValue } from './json.js';

/** What an event's hash covers besides its metadata. `data` is canonical and holds personal fields as ciphertext only. */
export interface HashedEvent {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly data: JsonObject;
}

/**
 * SHA-256, in lower-case hex, over the canonical JSON (RFC 8785) of the array
 * `[prevHash, stream, revision, id, type, data, metadata]`, `metadata` without its `hash`.
 * `data` and `metadata` must be canonical already: they are written as they stand.
 */
export function eventHash(event: HashedEvent, metadata: Omit<EventMetadata, 'hash'>): string {
  const { stream, revision, id, type, data } = event;
  return createHash('sha256')
    .update(JSON.stringify([metadata.prevHash, stream, revision, id, type, data, metadata]))
    .digest('hex');
}

/** A short name for a content, 128 bits of its SHA-256 in base64url: equal contents, and only they, have the same. */
export function contentHash(content: JsonValue): string {
  return createHash('sha256').update(canonicalText(content)).digest().subarray(0, 16).toString('base64url');
}
