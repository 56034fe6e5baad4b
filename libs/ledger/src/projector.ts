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
  isStamped,
  type LogFields,
  type ProjectorFigure,
  type ProjectorParts,
  positionOf,
  projectionObserver,
  type Tracing,
} from '#platform';
import { growHeapByDoubling } from './heap-growth.js';
import { eventTypes, projectionsOf, settingsOf, sleep } from './ledger.js';
import { LogAnchor } from './log-anchor.js';
import { openEventStore, openKeyedStore, openReadStore } from './open-stores.js';
import { projectorWork } from './projector-work.js';
import { rebuildContextOf } from './rebuild/rebuild-wiring.js';

/** How far it has got is noted so often, and at the end, in milliseconds. */
const NOTE_INTERVAL = 1_000;
const STAMP_PAUSE = 50;
const LONGEST_STAMP_PAUSE = 3_200;

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
 * @throws ConfigError for a ledger that was opened with another time zone or currency; UnknownEventType for a log that a newer program wrote; StoreUnavailable for a data folder that cannot be used
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
  const onRetry = (error: StoreUnavailable, delay: number) => {
    working = false;
    tell({ kind: 'retrying' });
    log.warn(`${error.message} Trying again in ${delay} ms.`, { ...positionOf(error), cause: causesOf(error) });
  };
  let saidSo = false;
  let working = false;
  let reached = 0n;
  const noteReached = () =>
    anchor.note(reached).catch((error) => log.warn(`Not noted how far it has got: ${String(error)}`));
  const ended = new AbortController();
  const noting = (async () => {
    while (!ended.signal.aborted) {
      await sleep(NOTE_INTERVAL, ended.signal);
      await noteReached();
    }
  })();
  try {
    await untilStamped(eventStore, config, onRetry, signal);
    const group = new ProjectorGroup({
      ...projectorWork({ eventStore, readStore, keyedStore, registry, served, anchor }),
      observe: projectionObserver(tell, tracing),
      onProgress({ caughtUp, position }) {
        reached = position;
        if (!working) tell({ kind: 'working' });
        working = true;
        if (!caughtUp || saidSo) return;
        saidSo = true;
        log.caughtUp?.();
      },
      onRetry,
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
  } finally {
    tell({ kind: 'ended' });
    ended.abort();
    await noting;
    await noteReached();
    await Promise.all([eventStore.close(), readStore.close(), keyedStore.close()]);
  }
}

/**
 * Resolves when the ledger was opened; before that there is nothing to project.
 * @throws ConfigError for one that was opened with another time zone or currency: its days and sums would be wrong
 */
async function untilStamped(
  eventStore: EventStore,
  config: Config,
  onRetry: (error: StoreUnavailable, delay: number) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let delay = STAMP_PAUSE; !signal.aborted; ) {
    try {
      if (await isStamped(eventStore, config)) return;
      delay = STAMP_PAUSE;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      delay = Math.min(2 * delay, LONGEST_STAMP_PAUSE);
      onRetry(error, delay);
    }
    await sleep(delay, signal);
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
