import { hash } from 'node:crypto';
import type { EventMetadata } from './event.js';
import { canonicalText, type JsonObject, type JsonValue, jsonText } from './json.js';

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
  return eventHashOfTexts(event, metadata.prevHash, JSON.stringify(event.data), JSON.stringify(metadata));
}

/** {@link eventHash} of an event whose `data` and `metadata` (without its `hash`) are canonical JSON texts already. */
export function eventHashOfTexts(
  { stream, revision, id, type }: Omit<HashedEvent, 'data'>,
  prevHash: string,
  data: string,
  metadata: string,
): string {
  const place = `${jsonText(prevHash)},${jsonText(stream)},${revision},${jsonText(id)},${jsonText(type)}`;
  return hash('sha256', `[${place},${data},${metadata}]`, 'hex');
}

/** A short name for a content, 128 bits of its SHA-256 in base64url: equal contents, and only they, have the same. */
export function contentHash(content: JsonValue): string {
  return hash('sha256', canonicalText(content), 'buffer').toString('base64url', 0, 16);
}
