import { ProjectionRunner, StoreUnavailable } from '#event-sourcing';
import type { Config } from '#platform';
import { eventTypes, now, projectionsOf, settingsOf, sleep } from './ledger.js';
import { openEventStore, openReadStore } from './open-stores.js';

/** What a projector tells of itself. */
export interface ProjectorLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  /** The read models have reached the end of the log, for the first time since the start. */
  caughtUp?(): void;
}

/**
 * Keeps the read models until the signal is aborted. Stores that are away are tried again; a stream that a projection
 * stops at is told and left behind.
 * @throws UnknownEventType for a log that a newer program wrote; StoreUnavailable for a data folder that cannot be used
 */
export async function runProjector(config: Config, log: ProjectorLog, signal: AbortSignal): Promise<void> {
  const registry = eventTypes();
  const eventStore = await openEventStore(config);
  const readStore = await openReadStore(config);
  let saidSo = false;
  try {
    const runner = new ProjectionRunner({
      eventStore,
      readStore,
      registry,
      projections: projectionsOf(settingsOf(config), registry),
      now,
      sleep,
      onProgress({ caughtUp }) {
        if (!caughtUp || saidSo) return;
        saidSo = true;
        log.caughtUp?.();
      },
      onRetry: (error: StoreUnavailable, delay) => log.warn(`${error.message} Trying again in ${delay} ms.`),
      onQuarantined: ({ projection, stream, revision, error }) =>
        log.error(`${projection} stopped at revision ${revision} of the stream ${stream}: ${error}`),
    });
    await runner.run(signal);
  } finally {
    await Promise.all([eventStore.close(), readStore.close()]);
  }
}
