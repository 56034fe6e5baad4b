import { keyHash } from './page.js';
import { mergedSegment, type Segment } from './segment.js';

/** Fewer segments than this are left alone, whatever their sizes. */
const MERGED_AT_ONCE = 4;

/**
 * Segments, of which a later one's values take the place of an earlier one's. What it says never changes; how it is laid
 * out does: merging keeps the number of segments logarithmic.
 */
export class SegmentStack {
  #segments: readonly Segment[];

  /** @param segments older ones first */
  constructor(segments: readonly Segment[] = []) {
    this.#segments = segments;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** About how many bytes of memory it takes; fewer once its pages are in a store that reads them when they are looked at. */
  get heldBytes(): number {
    return this.#segments.reduce((sum, { heldBytes }) => sum + heldBytes, 0);
  }

  /** The value of a key. @throws SnapshotLost */
  get(key: string): string | undefined {
    const segments = this.#segments;
    if (segments.length === 0) return undefined;
    const hash = keyHash(key);
    for (let index = segments.length - 1; index >= 0; index--) {
      const value = (segments[index] as Segment).get(key, hash);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  with(segment: Segment): SegmentStack {
    return new SegmentStack([...this.#segments, segment]);
  }

  /**
   * Merges those at the end that together outweigh the one before them, so that each entry is copied a logarithmic number
   * of times. Not to be called again before it is done.
   * @param pause is waited for now and then, so that others get their turn
   * @throws SnapshotLost
   */
  async merge(newId: () => string, pause: () => Promise<void>): Promise<void> {
    const segments = this.#segments;
    const from = mergedFrom(segments.map(({ size }) => size.entries));
    if (from === undefined) return;
    const merging = mergedSegment(newId(), segments.slice(from));
    let step = merging.next();
    while (!step.done) {
      await pause();
      step = merging.next();
    }
    this.#segments = [...segments.slice(0, from), step.value];
  }
}

function mergedFrom(sizes: readonly number[]): number | undefined {
  const place = sizes.findIndex((size, index) => size <= sizes.slice(index + 1).reduce((sum, each) => sum + each, 0));
  return place >= 0 && sizes.length - place >= MERGED_AT_ONCE ? place : undefined;
}
