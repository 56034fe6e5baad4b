import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ProjectorLog } from './projector.js';

/** Asks the thread to write what it has and end. */
export const STOP = 'stop';

export interface ProjectorMessage {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
}

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

/**
 * Runs a projector beside this process's own work, on a thread, so that a rebuild or a burst of events never holds up a
 * command. A thread that ends by an error is told of and started again, later each time.
 */
export class ProjectorThread {
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #log: ProjectorLog;
  #worker: Worker | undefined;
  #stopped = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(environment: Readonly<Record<string, string | undefined>>, log: ProjectorLog) {
    this.#environment = environment;
    this.#log = log;
  }

  start(): void {
    this.#ended = this.#keepRunning();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#worker?.postMessage(STOP);
    await this.#ended;
  }

  async #keepRunning(): Promise<void> {
    for (let pause = FIRST_PAUSE; !this.#stopped; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      const error = await this.#run();
      if (this.#stopped || error === undefined) return;
      this.#log.error(`The projector stopped: ${error.message} It starts again in ${pause} ms.`);
      await setTimeout(pause, undefined, { ref: false });
    }
  }

  /** @returns the error by which the thread ended */
  #run(): Promise<Error | undefined> {
    return new Promise((resolve) => {
      const worker = new Worker(new URL('./projector.worker.js', import.meta.url), {
        workerData: { environment: this.#environment },
        name: 'projector',
        execArgv: [],
      });
      let failure: Error | undefined;
      this.#worker = worker;
      worker.on('message', ({ level, message }: ProjectorMessage) => this.#log[level](message));
      worker.on('error', (error) => {
        failure = error instanceof Error ? error : new Error(String(error));
      });
      worker.on('exit', () => {
        this.#worker = undefined;
        resolve(failure);
      });
    });
  }
}
