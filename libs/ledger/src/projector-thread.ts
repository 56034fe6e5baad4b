import { createRequire } from 'node:module';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { LogFields, ProjectorFigure } from '#platform';
import { sleep } from './ledger.js';
import type { ProjectorLog } from './projector.js';

/** Asks the thread to write what it has and end. */
export const STOP = 'stop';

/** Tells that the read models have reached the end of the log. */
export const CAUGHT_UP = 'caught-up';

export interface ProjectorRemark {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields?: LogFields;
}

export type ProjectorMessage = ProjectorRemark | { readonly figure: ProjectorFigure } | typeof CAUGHT_UP;

/** How long a start waits for the read models: a ledger with much to catch up is of use before that is done. */
const START_PATIENCE = 2_000;

/** The program of the thread. */
const PROGRAM = createRequire(import.meta.url).resolve('#ledger/projector');

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
  readonly #stopping = new AbortController();
  #ended: Promise<void> = Promise.resolve();
  #caughtUp: () => void = () => undefined;

  constructor(environment: Readonly<Record<string, string | undefined>>, log: ProjectorLog) {
    this.#environment = environment;
    this.#log = log;
  }

  /** Resolves when the read models have reached the end of the log, or after two seconds. */
  async start(): Promise<void> {
    const caughtUp = new Promise<void>((resolve) => {
      this.#caughtUp = resolve;
    });
    this.#ended = this.#keepRunning();
    await Promise.race([caughtUp, setTimeout(START_PATIENCE, undefined, { ref: false })]);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#worker?.postMessage(STOP);
    await this.#ended;
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#stopping;
    for (let pause = FIRST_PAUSE; !signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      const error = await this.#run();
      if (signal.aborted || error === undefined) return;
      this.#log.figure?.({ kind: 'failed' });
      this.#log.error(`The projector stopped: ${error.message} It starts again in ${pause} ms.`);
      await sleep(pause, signal);
    }
  }

  /** @returns the error by which the thread ended */
  #run(): Promise<Error | undefined> {
    return new Promise((resolve) => {
      const worker = new Worker(PROGRAM, {
        workerData: { environment: this.#environment },
        name: 'projector',
        execArgv: [],
      });
      let failure: Error | undefined;
      this.#worker = worker;
      worker.on('message', (message: ProjectorMessage) => {
        if (message === CAUGHT_UP) this.#caughtUp();
        else if ('figure' in message) this.#log.figure?.(message.figure);
        else this.#log[message.level](message.message, message.fields);
      });
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
