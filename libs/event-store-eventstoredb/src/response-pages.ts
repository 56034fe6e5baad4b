import { setImmediate } from 'node:timers/promises';
import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { StoreUnavailable } from '#event-sourcing';
import type { ReadCall } from './eventstoredb-connection.js';
import { unavailable } from './eventstoredb-errors.js';

/**
 * The answers of a read, handed over in pages when they are asked for. While a full page waits, nothing more is taken
 * from the connection, so that the server waits too.
 */
export class ResponsePages {
  readonly #call: ReadCall;
  #page: ReadResp[] = [];
  #ended = false;
  #failure: StoreUnavailable | undefined;
  #wake: (() => void) | undefined;

  /** @param size at most so many answers a page, 1 or more */
  constructor(call: ReadCall, size: number) {
    this.#call = call;
    call.on('data', (response: ReadResp) => {
      this.#page.push(response);
      if (this.#page.length >= size) call.pause();
      this.#wake?.();
    });
    call.on('end', () => this.#finish());
    // Stays for good: an error that comes when nobody reads any more must not end the process.
    call.on('error', (error) => this.#finish(unavailable(error)));
  }

  /** Whether answers are here that no page has held yet. */
  get waiting(): boolean {
    return this.#page.length > 0;
  }

  /**
   * What has arrived, one answer at least; `undefined` when there is no more.
   * @param deadline milliseconds to wait for an answer; without it, for ever
   * @throws StoreUnavailable when the call failed, or nothing came within the deadline
   */
  async next(deadline?: number): Promise<readonly ReadResp[] | undefined> {
    if (!this.waiting && !this.#ended) {
      await this.#arrival(deadline);
      await this.#lull();
    }
    if (this.waiting) return this.#take();
    if (this.#failure) throw this.#failure;
    return undefined;
  }

  /**
   * Gives the call up; what has arrived and not been taken is gone.
   * @param failure what whoever waits for a page is told; without it, that there is no more
   */
  cancel(failure?: StoreUnavailable): void {
    this.#page = [];
    this.#finish(failure);
    this.#call.cancel();
  }

  #take(): readonly ReadResp[] {
    const page = this.#page;
    this.#page = [];
    if (this.#call.isPaused()) this.#call.resume();
    return page;
  }

  async #arrival(deadline: number | undefined): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (deadline !== undefined) {
        timer = setTimeout(() => {
          this.#finish(new StoreUnavailable(`The event store gave no answer within ${deadline} ms.`));
          this.#call.cancel();
        }, deadline);
      }
    });
    clearTimeout(timer);
    this.#wake = undefined;
  }

  /** Answers come in one by one, decoded in between: one page of what keeps coming is cheaper than many small ones. */
  async #lull(): Promise<void> {
    let before: number;
    do {
      before = this.#page.length;
      await setImmediate();
    } while (this.#page.length > before && !this.#call.isPaused() && !this.#ended);
  }

  #finish(failure?: StoreUnavailable): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#wake?.();
  }
}
