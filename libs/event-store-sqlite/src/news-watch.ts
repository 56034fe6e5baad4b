/** Where no commit of this process tells of it, another process's events are noticed after so many milliseconds. */
const POLL_INTERVAL = 5;

interface Waiter {
  readonly position: bigint;
  settle(error?: unknown): void;
}

/** Wakes those who wait for new events: after this process's commits, and by looking at the log for other processes'. */
export class NewsWatch {
  readonly #head: () => bigint;
  readonly #waiters = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;
  #closed: Error | undefined;

  /** @param head position of the newest event in the log */
  constructor(head: () => bigint) {
    this.#head = head;
  }

  /** Resolves once there are events after the position, or the signal is aborted; fails if the log does. */
  after(position: bigint, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      if (this.#closed !== undefined) {
        reject(this.#closed);
        return;
      }
      const waiter: Waiter = {
        position,
        settle: (error) => {
          this.#waiters.delete(waiter);
          signal.removeEventListener('abort', stop);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      const stop = () => waiter.settle();
      signal.addEventListener('abort', stop, { once: true });
      this.#waiters.add(waiter);
      this.#timer ??= setInterval(() => this.tell(), POLL_INTERVAL);
    });
  }

  /** Looks whether there is news, and wakes those for whom it is. */
  tell(): void {
    if (this.#waiters.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    try {
      const head = this.#head();
      for (const waiter of this.#waiters) if (waiter.position < head) waiter.settle();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Everybody who waits, or wants to, fails with the error. */
  close(error: Error): void {
    this.#closed = error;
    this.#fail(error);
  }

  #fail(error: unknown): void {
    for (const waiter of this.#waiters) waiter.settle(error);
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
