import { KeyFilter } from './key-filter.js';
import { Page, type PageEntry, pageBytes } from './page.js';
import type { SnapshotSegment } from './snapshot-store.js';

/** About so many bytes a page: one is read from the store to look one key up. */
const PAGE_BYTES = 16_384;
const HASH_BITS = 32;

/** How many bytes a segment has. */
export interface SegmentSize {
  /** Of its pages of entries. */
  readonly entries: number;
  /** Of the page behind them, its filter. */
  readonly filter: number;
}

/**
 * Keys with their values, spread over 2^n pages by the first n bits of the keys' hashes; behind these a page that is a
 * filter of the keys. What it says never changes; its pages may move from the memory into a store. Those in the memory are
 * checked when they are first looked at, those in a store with every look.
 */
export class Segment {
  readonly size: SegmentSize;
  readonly #pages: number;
  readonly #shift: number;
  #source: SnapshotSegment;
  #filter: KeyFilter | undefined;
  #seen: (Page | undefined)[] = [];

  /** @param source with a number of pages that is a power of 2, and one more */
  constructor(source: SnapshotSegment, size: SegmentSize) {
    this.size = size;
    this.#source = source;
    this.#pages = source.pages - 1;
    this.#shift = HASH_BITS - Math.log2(this.#pages);
  }

  /** Where its pages are. */
  get source(): SnapshotSegment {
    return this.#source;
  }

  /** How many pages of entries it has. */
  get pages(): number {
    return this.#pages;
  }

  /** About how many bytes of memory it takes. */
  get heldBytes(): number {
    const { entries, filter } = this.size;
    return this.#source.held ? entries + filter : filter;
  }

  /** From now on its pages are taken from there. @param source with the same pages */
  moveTo(source: SnapshotSegment): void {
    this.#source = source;
    this.#seen = [];
  }

  /** The value of a key. @throws SnapshotLost */
  get(key: string, hash: number): string | undefined {
    this.#filter ??= KeyFilter.read(this.#source.page(this.#pages));
    return this.#filter.mayHave(hash) ? this.#pageAt(this.#numberOf(hash)).get(key, hash) : undefined;
  }

  /**
   * For whoever goes through all of it in the order of the hashes, so that each page is read once: gives the entries whose
   * hashes lie from `first` to `last`, where these are the bounds of a page or of a part of one.
   * @throws SnapshotLost
   */
  reader(): (first: number, last: number) => Iterable<readonly [key: string, entry: PageEntry]> {
    let number = -1;
    let page: Page | undefined;
    return (first, last) => {
      const asked = this.#numberOf(first);
      if (page === undefined || asked !== number) page = this.#pageAt(asked);
      number = asked;
      return page.entries(first, last);
    };
  }

  #numberOf(hash: number): number {
    // A shift by 32 is one by 0.
    return this.#shift === HASH_BITS ? 0 : hash >>> this.#shift;
  }

  #pageAt(number: number): Page {
    const seen = this.#seen[number];
    if (seen !== undefined) return seen;
    const page = new Page(this.#source.page(number));
    if (this.#source.held) this.#seen[number] = page;
    return page;
  }
}

/** A segment whose pages are in the memory. @param entries by ascending hash, no key twice */
export function segmentOf(id: string, entries: readonly PageEntry[]): Segment {
  const total = entries.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const count = pageCount(total, 1);
  const filter = KeyFilter.withRoomFor(entries.length);
  for (const { hash } of entries) filter.add(hash);
  const pages: Uint8Array[] = [];
  let begin = 0;
  for (let number = 0; number < count; number++) {
    const { last } = pageBounds(number, count);
    let end = begin;
    while (end < entries.length && (entries[end] as PageEntry).hash <= last) end++;
    pages.push(pageBytes(entries.slice(begin, end)));
    begin = end;
  }
  return heldSegment(id, pages, filter);
}

function heldSegment(id: string, entryPages: readonly Uint8Array[], filter: KeyFilter): Segment {
  const pages = [...entryPages, filter.toBytes()];
  const page = (number: number) => pages[number] as Uint8Array;
  return new Segment(
    { id, pages: pages.length, held: true, page },
    {
      entries: entryPages.reduce((sum, { length }) => sum + length, 0),
      filter: (pages.at(-1) as Uint8Array).length,
    },
  );
}

/**
 * One segment that says the same as several: of a key that more than one has, the value of the later one. Gives back
 * control after every page.
 * @param segments older ones first
 * @throws SnapshotLost
 */
export function* mergedSegment(id: string, segments: readonly Segment[]): Generator<undefined, Segment> {
  const total = segments.reduce((sum, { size }) => sum + size.entries, 0);
  // No fewer pages than any of them has, so that each new page takes from one page of each.
  const count = pageCount(total, Math.max(...segments.map(({ pages }) => pages)));
  const filter = KeyFilter.withRoomOf(segments.map(({ size }) => size.filter));
  const readers = segments.map((segment) => segment.reader());
  const pages: Uint8Array[] = [];
  for (let number = 0; number < count; number++) {
    const { first, last } = pageBounds(number, count);
    const newest = new Map<string, PageEntry>();
    for (const entriesOf of readers) {
      for (const [key, entry] of entriesOf(first, last)) newest.set(key, entry);
    }
    for (const { hash } of newest.values()) filter.add(hash);
    pages.push(pageBytes([...newest.values()].sort((a, b) => a.hash - b.hash)));
    yield;
  }
  return heldSegment(id, pages, filter);
}

function pageCount(bytes: number, atLeast: number): number {
  return Math.max(atLeast, 2 ** Math.ceil(Math.log2(Math.max(1, bytes / PAGE_BYTES))));
}

/** The first and the last hash of a page. */
function pageBounds(number: number, count: number): { first: number; last: number } {
  const width = 2 ** HASH_BITS / count;
  return { first: number * width, last: (number + 1) * width - 1 };
}
