import {
  type EventStore,
  PARTITIONS,
  ProjectorGroup,
  type QuarantinedStream,
  type RedrivenStream,
  ServedProjections,
  StoreUnavailable,
} from '#event-sourcing';
import {
  type Config,
  causesOf,
  type LogFields,
  type ProjectorFigure,
  type ProjectorParts,
  projectionObserver,
  type Tracing,
} from '#platform';
import { growHeapByDoubling } from './heap-growth.js';
import { eventTypes, projectionsOf, settingsOf } from './ledger.js';
import { LogAnchor } from './log-anchor.js';
import { openEventStore, openKeyedStore, openReadStore } from './open-stores.js';
import { projectorWork } from './projector-work.js';
import { rebuildContextOf } from './rebuild/rebuild-wiring.js';

/** What a projector tells of itself. */
export interface ProjectorLog {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Told once, before it begins. */
  opened?(parts: ProjectorParts): void;
  /** Told of its work, to be counted. */
  figure?(figure: ProjectorFigure): void;
  /** The read models have reached the end of the log, for the first time since the start. */
  caughtUp?(): void;
}

/**
 * Keeps its share of the read models until the signal is aborted, as one of any number of projectors. Stores that are
 * away are tried again; a stream that a projection stops at is told and left behind.
 * @param tracing traces the writes of traced events
 * @throws UnknownEventType for a log that a newer program wrote; StoreUnavailable for a data folder that cannot be used
 */
export async function runProjector(
  config: Config,
  log: ProjectorLog,
  signal: AbortSignal,
  tracing?: Tracing,
): Promise<void> {
  growHeapByDoubling();
  const registry = eventTypes();
  const eventStore = await openEventStore(config);
  const readStore = await openReadStore(config);
  const keyedStore = await openKeyedStore(config);
  const tell = (figure: ProjectorFigure) => log.figure?.(figure);
  const projections = projectionsOf(settingsOf(config), registry);
  const { catalog } = rebuildContextOf({ eventStore, keyedStore, readStore }, projections, registry);
  const served = new ServedProjections(catalog, projections);
  log.opened?.({ eventStore, readStore, projections });
  const anchor = new LogAnchor(eventStore, readStore);
  let noting = Promise.resolve();
  const notNoted = (error: unknown) => log.warn(`Not noted how far it has got: ${String(error)}`);
  let saidSo = false;
  let working = false;
  let reached = 0n;
  try {
    const group = new ProjectorGroup({
      ...projectorWork({ eventStore, readStore, keyedStore, registry, served, anchor }),
      observe: projectionObserver(tell, tracing),
      onProgress({ caughtUp, position }) {
        reached = position;
        noting = noting.then(() => anchor.note(position)).catch(notNoted);
        if (!working) tell({ kind: 'working' });
        working = true;
        if (!caughtUp || saidSo) return;
        saidSo = true;
        log.caughtUp?.();
      },
      onRetry(error: StoreUnavailable, delay) {
        working = false;
        tell({ kind: 'retrying' });
        log.warn(`${error.message} Trying again in ${delay} ms.`, { cause: causesOf(error) });
      },
      onQuarantined: (stopped) => void logQuarantined(eventStore, stopped, log),
      onRedriven: (stream) => logRedriven(stream, log),
      onSession({ partitions, generation }) {
        tell({ kind: 'session', partitions: partitions.length });
        log.info(`The projector keeps ${partitions.length} of ${PARTITIONS} partitions.`, { generation });
      },
      onLeaseLost() {
        tell({ kind: 'lease-lost' });
        log.warn('Others have taken over what the projector kept; it begins anew.');
      },
    });
    await group.run(signal);
    await anchor.note(reached, true);
  } finally {
    tell({ kind: 'ended' });
    await noting;
    await Promise.all([eventStore.close(), readStore.close(), keyedStore.close()]);
  }
}

/** Tells of it with the correlation id of the event, by which the request that made it is found. */
async function logQuarantined(
  eventStore: Pick<EventStore, 'readStream'>,
  { projection, stream, revision, eventId, type, error }: QuarantinedStream,
  log: ProjectorLog,
): Promise<void> {
  let correlationId: string | undefined;
  try {
    for await (const { metadata } of eventStore.readStream(stream, { from: revision, limit: 1 })) {
      correlationId = metadata.$correlationId;
    }
  } catch (cause) {
    // It is told all the same: the pointer is stored, and the event can be read later.
    if (!(cause instanceof StoreUnavailable)) throw cause;
  }
  const fields = { projection, stream, revision, eventId, type, correlationId, error };
  log.error(`${projection} stopped at revision ${revision} of the stream ${stream}.`, fields);
}

function logRedriven({ projection, stream, parked }: RedrivenStream, log: ProjectorLog): void {
  if (parked === null) {
    log.info(`${projection} has caught up with the stream ${stream}, which it had stopped at.`, { projection, stream });
    return;
  }
  const { revision, eventId, type, error } = parked;
  const fields = { projection, stream, revision, eventId, type, error };
  log.error(`${projection} stopped again at revision ${revision} of the stream ${stream}.`, fields);
}
