import { type EventStore, PROJECTOR_LEASE, type QuarantinedStream, type ReadStore } from '#event-sourcing';
import type { ReadProgress } from '../queries/read-progress.js';

/** Events behind are counted up to this; more are told as so many. */
export const COUNTED_LAG = 10_000;

export interface ProjectionLag {
  readonly name: string;
  readonly version: number;
  /** Which build of the version serves. */
  readonly build: number;
  readonly position: string;
  readonly lag: {
    /** Events not yet in it, at most {@link COUNTED_LAG}. */
    readonly events: number;
    /** Age of the oldest of them; 0 when there is none. */
    readonly seconds: number;
  };
  readonly quarantined: readonly QuarantinedStreamView[];
}

/** A projector at work, with its share. */
export interface ProjectorView {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** Since its lease was renewed, by the store's clock; renewed about every second, it runs out after five. */
  readonly renewedSecondsAgo: number;
  /** How many of the 64 partitions it keeps; none once its lease has run out, also while no other has taken them over. */
  readonly partitions: number;
  /** Everything of its partitions at or before this is in the read models that serve; null: it keeps none. */
  readonly position: string | null;
  readonly lag: ProjectionLag['lag'] | null;
}

export type QuarantinedStreamView = Omit<QuarantinedStream, 'projection' | 'position'> & { readonly position: string };

/** Measures how far the projections that serve are behind the log. */
export class ProjectionLags {
  constructor(
    private readonly eventStore: EventStore,
    private readonly readStore: ReadStore,
    private readonly progress: ReadProgress,
    private readonly now: () => string,
  ) {}

  /** @throws StoreUnavailable */
  async measure(): Promise<ProjectionLag[]> {
    const [positions, quarantined] = await Promise.all([this.progress.newestPositions(), this.readStore.quarantined()]);
    const lags = await lagsBehind(
      this.eventStore,
      positions.map(({ position }) => position),
      this.now,
    );
    return positions.map(({ name, version, build, checkpoint, position }) => ({
      name,
      version,
      build,
      position: String(position),
      lag: lags.get(position) ?? { events: 0, seconds: 0 },
      quarantined: quarantined
        .filter(({ projection }) => projection === checkpoint)
        .map(({ projection: _, ...stream }) => ({ ...stream, position: String(stream.position) })),
    }));
  }

  /** The projectors that are there. @throws StoreUnavailable */
  async projectors(): Promise<ProjectorView[]> {
    const [{ generation, members }, progress] = await Promise.all([
      this.readStore.projectorGroup(),
      this.progress.newestPositions(),
    ]);
    const names = progress.map(({ checkpoint }) => checkpoint);
    return Promise.all(
      members.map(async ({ id, host, pid, age }) => {
        const isGone = age > PROJECTOR_LEASE;
        const session = isGone ? undefined : generation.sessions.find(({ member }) => member === id);
        const position = session === undefined ? undefined : await this.#positionOf(session.id, names);
        return {
          id,
          host,
          pid,
          renewedSecondsAgo: Math.max(0, age) / 1_000,
          partitions: session?.partitions.length ?? 0,
          position: position === undefined ? null : String(position),
          lag:
            position === undefined
              ? null
              : ((await lagsBehind(this.eventStore, [position], this.now)).get(position) ?? null),
        };
      }),
    );
  }

  async #positionOf(session: string, names: readonly string[]): Promise<bigint> {
    const checkpoints = await this.readStore.checkpoints(session);
    const positions = new Map(checkpoints.map(({ projection, position }) => [projection, position]));
    const own = names.map((name) => positions.get(name) ?? 0n);
    return own.reduce((least, each) => (each < least ? each : least), own[0] ?? 0n);
  }
}

/**
 * The lag behind each of these positions. Those that lie close together are counted in one pass over the log: while many
 * read models catch up, each has a position of its own.
 * @throws StoreUnavailable
 */
export async function lagsBehind(
  eventStore: Pick<EventStore, 'readAll'>,
  positions: readonly bigint[],
  now: () => string,
): Promise<Map<bigint, ProjectionLag['lag']>> {
  const lags = new Map<bigint, ProjectionLag['lag']>();
  let left = [...new Set(positions)].sort((a, b) => (a < b ? -1 : 1));
  while (left.length > 0) {
    const seen: { readonly position: bigint; readonly recordedAt: string }[] = [];
    // Twice the bound, so that what lies in the first half is counted up to the bound as well.
    for await (const { position, metadata } of eventStore.readAll({ from: left[0] ?? 0n, limit: 2 * COUNTED_LAG })) {
      seen.push({ position, recordedAt: metadata.recordedAt });
    }
    const beyond = seen[COUNTED_LAG]?.position;
    for (const position of left) {
      if (beyond !== undefined && position >= beyond) break;
      const first = seen.findIndex((event) => event.position > position);
      const oldest = seen[first];
      lags.set(position, {
        events: oldest === undefined ? 0 : Math.min(COUNTED_LAG, seen.length - first),
        seconds: oldest === undefined ? 0 : Math.max(0, (Date.parse(now()) - Date.parse(oldest.recordedAt)) / 1_000),
      });
    }
    left = left.filter((position) => !lags.has(position));
  }
  return lags;
}
