/** Bits, a power of two: 4 MiB. Of 4,000,000 names, one in 40 that was not added is taken for one that was. */
const BITS = 2 ** 25;
const PROBES = 4;
/** Words a page, as a power of two: 4 KiB. Pages are made when a bit in them is set, so that few names take little. */
const PAGE_BITS = 10;
const IN_PAGE = 2 ** PAGE_BITS - 1;

/** A set of names in a bounded amount of memory (a Bloom filter): it may take a name for one of its own, and never misses one. */
export class NameFilter {
  readonly #pages: (Int32Array | undefined)[] = new Array(BITS / 32 / 2 ** PAGE_BITS).fill(undefined);

  add(name: string): void {
    const { first, step } = hashes(name);
    for (let probe = 0, bit = first; probe < PROBES; probe++, bit += step) {
      const place = bit & (BITS - 1);
      const number = place >>> (5 + PAGE_BITS);
      this.#pages[number] ??= new Int32Array(2 ** PAGE_BITS);
      this.#pages[number][(place >>> 5) & IN_PAGE]! |= 1 << (place & 31);
    }
  }

  mayHave(name: string): boolean {
    const { first, step } = hashes(name);
    for (let probe = 0, bit = first; probe < PROBES; probe++, bit += step) {
      const place = bit & (BITS - 1);
      const page = this.#pages[place >>> (5 + PAGE_BITS)];
      if (page === undefined || (page[(place >>> 5) & IN_PAGE]! & (1 << (place & 31))) === 0) return false;
    }
    return true;
  }
}

/** Two hashes of the characters: FNV-1a, and a mix of it; the further ones are made of these. */
function hashes(name: string): { readonly first: number; readonly step: number } {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return { first: mixed ^ (mixed >>> 16), step: (Math.imul(mixed, 0x9e3779b1) >>> 7) | 1 };
}
