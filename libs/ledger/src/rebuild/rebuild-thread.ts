import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { type Config, Problem, type RebuildOrder, type RebuildRecord, type Rebuilds } from '#platform';
import { abandonRebuild, claimRebuild } from './rebuild-claim.js';
import type { OwnRebuild, RebuildContext } from './rebuild-context.js';
import { latestRecord, newRecord } from './rebuild-record.js';

/** Asks the thread to write what it has and end; the rebuild waits then. */
export const STOP = 'stop';

/** The program of the thread. */
const PROGRAM = createRequire(import.meta.url).resolve('#ledger/rebuild');

/** What the thread begins with. */
export interface RebuildThreadData {
  readonly config: Omit<Config, 'identityProvider'>;
  readonly order: RebuildOrder;
  readonly claimed: OwnRebuild;
}

/** The rebuilds that a process runs beside its own work, each on a thread, one at a time. */
export class RebuildThread implements Rebuilds {
  readonly #config: Omit<Config, 'identityProvider'>;
  readonly #context: RebuildContext;
  readonly #stopping = new AbortController();
  readonly #onFailure: (error: Error) => void;
  #worker: Worker | undefined;
  #ended: Promise<void> = Promise.resolve();

  /**
   * @param context the process's own, to plan with and to look
   * @param onFailure told when a thread ends by an error; the rebuild waits to be gone on with then
   */
  constructor({ identityProvider: _, ...config }: Config, context: RebuildContext, onFailure: (error: Error) => void) {
    this.#onFailure = onFailure;
    this.#config = config;
    this.#context = context;
  }

  async start(order: RebuildOrder): Promise<RebuildRecord> {
    if (this.#worker !== undefined) throw new Problem(409, 'rebuild-running', 'A rebuild is running in this process.');
    const claimed = await claimRebuild(this.#context, order, this.#stopping.signal);
    this.#run({ config: this.#config, order, claimed });
    const { record } = await this.#context.records.read();
    return record?.id === claimed.id ? record : newRecord(claimed);
  }

  latest(): Promise<RebuildRecord | undefined> {
    return latestRecord(this.#context);
  }

  abandon(): Promise<RebuildRecord> {
    return abandonRebuild(this.#context, this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#worker?.postMessage(STOP);
    await this.#ended;
  }

  #run(workerData: RebuildThreadData): void {
    const worker = new Worker(PROGRAM, {
      workerData,
      name: 'rebuild',
      execArgv: [],
    });
    this.#worker = worker;
    this.#ended = new Promise((resolve) => {
      worker.on('error', (error) => this.#onFailure(error instanceof Error ? error : new Error(String(error))));
      worker.on('exit', () => {
        this.#worker = undefined;
        resolve();
      });
    });
  }
}
