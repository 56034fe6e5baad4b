import { LRUCache } from 'lru-cache';
import type { KeyedEvents, StreamState } from './stream-state.js';

/** A stream's state with the idempotency keys of its commands. */
export interface CachedStream {
  state: StreamState;
  /** Only added to: keys live as long as their events. */
  readonly keys: Map<string, KeyedEvents>;
}

/** The streams used last, up to a number of bytes. */
export class StateCache {
  readonly #streams: LRUCache<string, CachedStream>;

  constructor(maxBytes: number) {
    this.#streams = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ state }) => state.bytes });
  }

  get(stream: string): CachedStream | undefined {
    return this.#streams.get(stream);
  }

  set(stream: string, cached: CachedStream): void {
    this.#streams.set(stream, cached);
  }

  /** Nobody knows any more what stands in the stream. */
  forget(stream: string): void {
    this.#streams.delete(stream);
  }
}
