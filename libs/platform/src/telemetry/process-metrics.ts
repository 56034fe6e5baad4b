import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import { StoreUnavailable } from '#event-sourcing';
import type { ProjectionLags } from '../operations/projection-lag.js';
import type { RebuildPhase, Rebuilds } from '../operations/rebuilds.js';
import { METRIC } from './telemetry-names.js';

const FILES = ['events.db', 'read-models.db', 'keys.db', 'snapshots.db'] as const;

/** CPU, memory, event loop and garbage collection, under the names that Prometheus clients share. */
export function measureProcess(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
}

/** @param isReady whether this process can be used, as its `/health/ready` says it */
export function measureReadiness(registry: Registry, isReady: () => boolean | Promise<boolean>): void {
  new Gauge({
    name: METRIC.ready,
    help: '1 when this process can be used.',
    registers: [registry],
    async collect() {
      this.set((await isReady()) ? 1 : 0);
    },
  });
}

/** Room on the disk of the data folder, and the sizes of the embedded stores' files, as far as the system tells them. */
export function measureDataFolder(registry: Registry, dataDir: string): void {
  const collect = oneAtATime(async () => {
    const disk = await statfs(dataDir).catch(unlessUnreadable);
    if (disk === undefined) return;
    free.set(disk.bavail * disk.bsize);
    size.set(disk.blocks * disk.bsize);
    for (const file of FILES) {
      const bytes = await fileSize(join(dataDir, file));
      if (bytes !== undefined) files.set({ file }, bytes);
    }
  });
  const gauge = gaugesOf(registry, collect);
  const free = gauge(METRIC.diskFree, 'Room left on the disk of the data folder.');
  const size = gauge(METRIC.diskSize, 'Size of the disk of the data folder.');
  const files = gauge(METRIC.fileSize, 'Size of a file of the embedded stores, with its write-ahead log.', ['file']);
}

/** How far the read models are behind the log, by projection; nothing is told while that cannot be known. */
export function measureReadModels(registry: Registry, hasOpened: () => boolean, lags: ProjectionLags): void {
  const collect = oneAtATime(async () => {
    for (const gauge of [events, seconds, positions, quarantined]) gauge.reset();
    if (!hasOpened()) return;
    try {
      for (const { name: projection, lag, position, quarantined: streams } of await lags.measure()) {
        events.set({ projection }, lag.events);
        seconds.set({ projection }, lag.seconds);
        positions.set({ projection }, Number(position));
        quarantined.set({ projection }, streams.length);
      }
    } catch (error) {
      // The other figures must be told also while a store is away.
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  });
  const gauge = gaugesOf(registry, collect);
  const labels = ['projection'];
  const events = gauge(METRIC.lagEvents, 'Events that are not in the read model, counted up to 10,000.', labels);
  const seconds = gauge(METRIC.lagSeconds, 'Age of the oldest event that is not in the read model.', labels);
  const positions = gauge(METRIC.position, 'Position of the projection in the log.', labels);
  const quarantined = gauge(METRIC.quarantined, 'Streams that the projection stopped at.', labels);
}

const ENDED: ReadonlySet<RebuildPhase> = new Set(['done', 'abandoned']);

/** Whether read models are being rebuilt, and how far that is. */
export function measureRebuilds(registry: Registry, hasOpened: () => boolean, rebuilds: Rebuilds): void {
  const collect = oneAtATime(async () => {
    if (!hasOpened()) return;
    try {
      const rebuild = await rebuilds.latest();
      const isOpen = rebuild !== undefined && !ENDED.has(rebuild.phase);
      open.set(isOpen ? 1 : 0);
      progress.set(isOpen && rebuild.head !== '0' ? Number(rebuild.position) / Number(rebuild.head) : 0);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  });
  const gauge = gaugesOf(registry, collect);
  const open = gauge(METRIC.rebuildOpen, '1 while a rebuild is under way or waits for a word.');
  const progress = gauge(METRIC.rebuildProgress, 'Share of the log that is in the read models being rebuilt.');
}

/** Makes gauges that are set together by `collect`, before any of them is told. */
function gaugesOf(registry: Registry, collect: () => Promise<void>) {
  return (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry], collect });
}

/** Calls that come while one is under way share it. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let underWay: Promise<void> | undefined;
  return () => {
    underWay ??= work().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

async function fileSize(file: string): Promise<number | undefined> {
  const [main, log] = await Promise.all([file, `${file}-wal`].map((each) => stat(each).catch(unlessUnreadable)));
  return main === undefined ? undefined : main.size + (log?.size ?? 0);
}

function unlessUnreadable(error: unknown): undefined {
  // Also a disk that fails must not keep the other figures from being told.
  if (error instanceof Error && 'syscall' in error) return undefined;
  throw error;
}
