import { setImmediate } from 'node:timers/promises';
import {
  type EventBatch,
  type Projection,
  ProjectionRunner,
  type ProjectionRunnerOptions,
  type QuarantinedStream,
  type ReadStore,
  type RecordedEvent,
  type WriteBatch,
} from '#event-sourcing';
import { FailingReadStore, InMemoryEventStore, registryOf, type StreamFact } from '#event-sourcing-testing';

/** A fact whose data is this. */
export function fact(stream: string, type: string, data: object = {}): StreamFact {
  return [stream, { type, data, occurredAt: '2026-01-01T00:00:00.000Z' }];
}

/** A read store that remembers the batches it wrote. */
export class RecordingReadStore extends FailingReadStore {
  readonly batches: WriteBatch[] = [];

  constructor(store: ReadStore) {
    super(store, {});
  }

  override async write(batch: WriteBatch): Promise<void> {
    await super.write(batch);
    this.batches.push(batch);
  }
}

/** An event store that delivers these batches, each preceded by what happens before, and then waits. */
export function deliveryOf(
  batches: readonly { readonly batch: EventBatch; before?(): void }[],
): ProjectionRunnerOptions['eventStore'] {
  return {
    async *subscribe({ signal }) {
      for (const { batch, before } of batches) {
        before?.();
        yield batch;
      }
      while (!signal.aborted) await setImmediate();
    },
    readStream: () => new InMemoryEventStore().readStream(''),
  };
}

/** A runner at work in a test, with a clock that stands until it is told, and delays that are written down. */
export class RunnerInTest {
  now = Date.parse('2026-01-01T00:00:00.000Z');
  readonly delays: number[] = [];
  readonly quarantined: QuarantinedStream[] = [];
  readonly runner: ProjectionRunner;
  readonly ended: Promise<unknown>;
  readonly #stop = new AbortController();

  constructor(
    options: Pick<ProjectionRunnerOptions, 'eventStore' | 'readStore'> & Partial<ProjectionRunnerOptions>,
    projections: readonly Projection[],
    history: readonly RecordedEvent[] = [],
  ) {
    this.runner = new ProjectionRunner({
      registry: registryOf(projections, history),
      projections,
      now: () => new Date(this.now).toISOString(),
      sleep: async (milliseconds) => {
        this.delays.push(milliseconds);
        this.now += milliseconds;
        await setImmediate();
      },
      onQuarantined: (stream) => this.quarantined.push(stream),
      ...options,
    });
    this.ended = this.runner.run(this.#stop.signal).then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  /** Waits until so it is, or the runner has ended. */
  async until(condition: (runner: ProjectionRunner) => boolean): Promise<void> {
    let ended = false;
    this.ended.then(() => {
      ended = true;
    });
    while (!ended && !condition(this.runner)) await setImmediate();
  }

  /** Until everything in the log is stored. */
  caughtUp(position: bigint): Promise<void> {
    return this.until((runner) => runner.status().caughtUp && runner.status().position >= position);
  }

  /** Ends it; @returns the error it ended with */
  stop(): Promise<unknown> {
    this.#stop.abort();
    return this.ended;
  }
}
