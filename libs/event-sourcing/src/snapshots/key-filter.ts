import { crc32 } from 'node:zlib';
import { SnapshotLost } from './snapshot-store.js';

/** With so many bits a key and so many of them set by each, about one absent key in a hundred is taken for a present one. */
const BITS_A_KEY = 10;
const BITS_SET = 7;
const CHECKSUM = 4;

/**
 * Tells of most keys that a segment does not have that it does not have them, by a hundredth of the segment's bytes: a
 * Bloom filter over the keys' hashes. Its bytes: CRC-32 of the bits | bits.
 */
export class KeyFilter {
  readonly #bytes: Buffer;
  readonly #bits: number;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#bits = 8 * (bytes.length - CHECKSUM);
  }

  /** An empty one, with room for so many keys. */
  static withRoomFor(keys: number): KeyFilter {
    return new KeyFilter(Buffer.alloc(CHECKSUM + Math.max(1, Math.ceil((keys * BITS_A_KEY) / 8))));
  }

  /** An empty one, with as much room as those of so many bytes have together. */
  static withRoomOf(sizes: readonly number[]): KeyFilter {
    return new KeyFilter(Buffer.alloc(sizes.reduce((sum, bytes) => sum + bytes - CHECKSUM, CHECKSUM)));
  }

  /** @throws SnapshotLost for bytes that are not as they were written */
  static read(bytes: Uint8Array): KeyFilter {
    const read = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (read.length <= CHECKSUM || read.readUInt32LE(0) !== crc32(read.subarray(CHECKSUM))) {
      throw new SnapshotLost('the filter of a snapshot is damaged');
    }
    return new KeyFilter(read);
  }

  add(hash: number): void {
    const step = this.#stepOf(hash);
    let place = hash % this.#bits;
    for (let each = 0; each < BITS_SET; each++) {
      const index = CHECKSUM + (place >>> 3);
      this.#bytes[index] = (this.#bytes[index] as number) | (1 << (place & 7));
      place += step;
      if (place >= this.#bits) place -= this.#bits;
    }
  }

  /** Whether a key of this hash may have been added; `false` is certain. */
  mayHave(hash: number): boolean {
    const step = this.#stepOf(hash);
    let place = hash % this.#bits;
    for (let each = 0; each < BITS_SET; each++) {
      if (((this.#bytes[CHECKSUM + (place >>> 3)] as number) & (1 << (place & 7))) === 0) return false;
      place += step;
      if (place >= this.#bits) place -= this.#bits;
    }
    return true;
  }

  /** As they are stored, once all keys are added. */
  toBytes(): Uint8Array {
    this.#bytes.writeUInt32LE(crc32(this.#bytes.subarray(CHECKSUM)), 0);
    return this.#bytes;
  }

  /** From one bit of a hash to its next, below the number of bits. */
  #stepOf(hash: number): number {
    return 1 + ((Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0) % (this.#bits - 1));
  }
}
