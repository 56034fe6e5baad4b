import type { ProjectionObserver } from '../observers.js';

/** A write of more traced events is linked to the first ones' traces only. */
const NOTED_TRACES = 100;

/** What a write is about to store. */
export interface FlushWork {
  /** Events since the last write. */
  readonly events: number;
  readonly documents: number;
}

/** Tells of a runner's writes to whoever measures or traces them. */
export class ObservedFlushes {
  /** Trace contexts of the events since the last write. */
  readonly #traces = new Set<string>();

  constructor(private readonly observer: ProjectionObserver | undefined) {}

  /** An event that goes into the next write. */
  note(traceparent: string | undefined): void {
    if (traceparent !== undefined && this.#traces.size < NOTED_TRACES) this.#traces.add(traceparent);
  }

  async during<T>({ documents, events }: FlushWork, flush: () => Promise<T>): Promise<T> {
    if (this.observer?.flushing === undefined || (documents === 0 && events === 0)) return flush();
    const tell = this.observer.flushing({ events, traceparents: [...this.#traces] });
    this.#traces.clear();
    try {
      const flushed = await flush();
      tell('written', documents);
      return flushed;
    } catch (error) {
      tell('failed', 0);
      throw error;
    }
  }
}
