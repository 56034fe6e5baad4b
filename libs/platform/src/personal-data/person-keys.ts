import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { KeyedStore } from '#event-sourcing';
import type { PersonalData } from '../ledger/personal-data.js';

const KIND = 'person-key';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const PREFIX = 'sealed.v1.';
/** Another process's erasure is noticed after so long, in milliseconds. */
const REMEMBERED = 5_000;

/**
 * Encrypts what belongs to a person under a key of that person's own: AES-256-GCM with, as its nonce, the first 96 bits of
 * HMAC-SHA-256 over field and text under a second key, so that the same text of the same person and field has the same
 * ciphertext, and different texts practically never share a nonce. Destroying the key erases the person.
 */
export class PersonKeys implements PersonalData {
  readonly #keys = new LRUCache<string, Buffer>({ max: 20_000, ttl: REMEMBERED });

  constructor(private readonly store: KeyedStore) {}

  async seal(personId: string, field: string, text: string): Promise<string> {
    const key = await this.#keyOf(personId);
    const iv = createHmac('sha256', key.subarray(KEY_BYTES)).update(`${field}\0${text}`).digest().subarray(0, IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key.subarray(0, KEY_BYTES), iv).setAAD(Buffer.from(field));
    const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return PREFIX + sealed.toString('base64url');
  }

  async open(personId: string, field: string, sealed: string): Promise<string | null> {
    const key = this.#keys.get(personId) ?? this.#remember(personId, await this.store.get(KIND, personId));
    if (key === undefined) return null;
    if (!sealed.startsWith(PREFIX)) throw new Error('not a sealed text');
    const bytes = Buffer.from(sealed.slice(PREFIX.length), 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', key.subarray(0, KEY_BYTES), bytes.subarray(0, IV_BYTES))
      .setAAD(Buffer.from(field))
      .setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
    const text = decipher.update(bytes.subarray(IV_BYTES, bytes.length - TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  }

  async #keyOf(personId: string): Promise<Buffer> {
    const known = this.#keys.get(personId);
    if (known !== undefined) return known;
    const fresh = randomBytes(2 * KEY_BYTES).toString('base64url');
    const stored = await this.store.putIfAbsent(KIND, personId, fresh);
    return this.#remember(personId, stored);
  }

  #remember(personId: string, value: string): Buffer;
  #remember(personId: string, value: string | undefined): Buffer | undefined;
  #remember(personId: string, value: string | undefined): Buffer | undefined {
    if (value === undefined) return undefined;
    const key = Buffer.from(value, 'base64url');
    this.#keys.set(personId, key);
    return key;
  }
}
