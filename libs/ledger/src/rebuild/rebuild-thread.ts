import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { StoreUnavailable } from '#event-sourcing';
import {
  type Config,
  Problem,
  type RebuildOrder,
  type RebuildPhase,
  type RebuildRecord,
  type Rebuilds,
} from '#platform';
import { abandonRebuild, claimRebuild } from './rebuild-claim.js';
import type { OwnRebuild, RebuildContext } from './rebuild-context.js';
import { latestRecord, newRecord } from './rebuild-record.js';
import { released } from './rebuild-steps.js';

/** Asks the thread to write what it has and end; the rebuild waits then. */
export const STOP = 'stop';

/** Phases after which a thread does nothing but put away what it had open. */
const ENDED: ReadonlySet<RebuildPhase> = new Set(['done', 'compared', 'abandoned']);

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
    if (this.#worker !== undefined) await this.#settled();
    const claimed = await claimRebuild(this.#context, order, this.#stopping.signal);
    try {
      // Before the thread: whoever is told the id may ask for it at once, and however the thread ends.
      const record = await this.#recordBeginning(claimed);
      this.#run({ config: this.#config, order, claimed });
      return record;
    } catch (error) {
      await this.#release(claimed);
      throw error;
    }
  }

  async #recordBeginning(claimed: OwnRebuild): Promise<RebuildRecord> {
    const fresh = newRecord(claimed);
    const { record } = await this.#context.records.change(({ record }) => ({
      record: record?.id === claimed.id ? { ...record, phase: fresh.phase } : fresh,
    }));
    return record ?? fresh;
  }

  /** Until the thread has put away what it had open, where its rebuild has come to an end. @throws Problem 409 */
  async #settled(): Promise<void> {
    const record = await this.latest();
    if (record === undefined || !ENDED.has(record.phase)) {
      throw new Problem(409, 'rebuild-running', 'A rebuild is running in this process.');
    }
    await this.#ended;
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
        resolve(this.#release(workerData.claimed));
      });
    });
  }

  /** So that the next run need not wait for the lease: a thread that could not open its stores has not done it itself. */
  async #release({ owner }: OwnRebuild): Promise<void> {
    try {
      await this.#context.catalog.change((state) => released(state, owner));
    } catch (error) {
      // While the store is away, the lease runs out by itself.
      if (!(error instanceof StoreUnavailable)) this.#onFailure(error as Error);
    }
  }
}
