import { crc32 } from 'node:zlib';
import { SnapshotLost } from './snapshot-store.js';

/**
 * Entries in the order of their keys' hashes:
 *
 *     crc32 of all that follows | number of entries | their hashes | where each entry begins | entries
 *
 * an entry being: length of the key | length of the value | key | value. Numbers have 32 bits, little-endian; keys and
 * values are UTF-8.
 */
const HEADER = 8;
const NUMBER = 4;
const ENTRY_HEADER = 8;

/** A key's entry as it stands in a page. */
export interface PageEntry {
  readonly hash: number;
  readonly bytes: Uint8Array;
}

/** 32 well-mixed bits of a key: FNV-1a over its UTF-16 code units, finished as MurmurHash3 does. */
export function keyHash(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export function pageEntry(key: string, value: string): PageEntry {
  const keyLength = Buffer.byteLength(key);
  const valueLength = Buffer.byteLength(value);
  const bytes = Buffer.allocUnsafe(ENTRY_HEADER + keyLength + valueLength);
  bytes.writeUInt32LE(keyLength, 0);
  bytes.writeUInt32LE(valueLength, NUMBER);
  bytes.write(key, ENTRY_HEADER);
  bytes.write(value, ENTRY_HEADER + keyLength);
  return { hash: keyHash(key), bytes };
}

/** @param entries by ascending hash, no key twice */
export function pageBytes(entries: readonly PageEntry[]): Uint8Array {
  const start = HEADER + 2 * NUMBER * entries.length;
  const bytes = Buffer.allocUnsafeSlow(entries.reduce((sum, entry) => sum + entry.bytes.length, start));
  bytes.writeUInt32LE(entries.length, NUMBER);
  let offset = start;
  for (const [index, entry] of entries.entries()) {
    bytes.writeUInt32LE(entry.hash, HEADER + NUMBER * index);
    bytes.writeUInt32LE(offset, HEADER + NUMBER * (entries.length + index));
    bytes.set(entry.bytes, offset);
    offset += entry.bytes.length;
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(NUMBER)), 0);
  return bytes;
}

/** A page that is whole. */
export class Page {
  readonly #bytes: Buffer;
  readonly #count: number;

  /** @throws SnapshotLost for bytes that are not as they were written */
  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < HEADER || this.#bytes.readUInt32LE(0) !== crc32(this.#bytes.subarray(NUMBER))) {
      throw new SnapshotLost('a page of a snapshot is damaged');
    }
    this.#count = this.#bytes.readUInt32LE(NUMBER);
  }

  /** The value of a key. @param hash that of {@link keyHash} */
  get(key: string, hash: number): string | undefined {
    for (let index = this.#firstFrom(hash); index < this.#count && this.#hash(index) === hash; index++) {
      const offset = this.#offset(index);
      const begin = offset + ENTRY_HEADER;
      const end = begin + this.#bytes.readUInt32LE(offset);
      if (this.#bytes.toString('utf8', begin, end) !== key) continue;
      return this.#bytes.toString('utf8', end, end + this.#bytes.readUInt32LE(offset + NUMBER));
    }
    return undefined;
  }

  /** The entries whose hashes lie from `first` to `last`, with their keys; in the order of their hashes. */
  *entries(first: number, last: number): Generator<readonly [key: string, entry: PageEntry]> {
    for (let index = this.#firstFrom(first); index < this.#count; index++) {
      const hash = this.#hash(index);
      if (hash > last) return;
      const offset = this.#offset(index);
      const begin = offset + ENTRY_HEADER;
      const end = begin + this.#bytes.readUInt32LE(offset);
      const bytes = this.#bytes.subarray(offset, end + this.#bytes.readUInt32LE(offset + NUMBER));
      yield [this.#bytes.toString('utf8', begin, end), { hash, bytes }];
    }
  }

  /** Index of the first entry whose hash is not below this one. */
  #firstFrom(hash: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#hash(middle) < hash) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #hash(index: number): number {
    return this.#bytes.readUInt32LE(HEADER + NUMBER * index);
  }

  #offset(index: number): number {
    return this.#bytes.readUInt32LE(HEADER + NUMBER * (this.#count + index));
  }
}
