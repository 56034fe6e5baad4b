/** Places in the memory that the threads share. */
const STOP = 0;
const BUSY = 1;

/** How long the end of the process waits for the driver, in milliseconds. */
const PATIENCE = 2_000;

const running = new Set<Int32Array>();

/**
 * A thread that is ended while the driver works in it takes the whole process along (`terminate called after throwing an
 * instance of 'Napi::Error'`, exit code 134), and `process.exit` ends all threads. So the process waits, as it exits,
 * until the driver is idle in every thread that this was made for, and from then on it stays idle.
 */
export class DriverThread {
  /** To be handed to the thread, for its {@link DriverWork}. */
  readonly shared = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
  readonly #state = new Int32Array(this.shared);

  /** To be made when the thread is started: loading the driver is work already. */
  constructor() {
    Atomics.store(this.#state, BUSY, 1);
    if (running.size === 0) process.on('exit', waitForDrivers);
    running.add(this.#state);
  }

  /** To be called when the thread has ended. */
  ended(): void {
    running.delete(this.#state);
    if (running.size === 0) process.off('exit', waitForDrivers);
  }
}

/** The thread's side of {@link DriverThread}. */
export class DriverWork {
  readonly #state: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    this.#state = new Int32Array(shared);
  }

  /** Does what uses the driver, unless the process is about to end: then nothing. Not to be nested. */
  run(work: () => void): void {
    Atomics.store(this.#state, BUSY, 1);
    try {
      if (Atomics.load(this.#state, STOP) === 0) work();
    } finally {
      Atomics.store(this.#state, BUSY, 0);
      Atomics.notify(this.#state, BUSY);
    }
  }
}

function waitForDrivers(): void {
  const deadline = performance.now() + PATIENCE;
  for (const state of running) Atomics.store(state, STOP, 1);
  for (const state of running) Atomics.wait(state, BUSY, 1, Math.max(0, deadline - performance.now()));
}
