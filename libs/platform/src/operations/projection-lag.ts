import type { EventStore, QuarantinedStream, ReadStore } from '#event-sourcing';
import type { ReadProgress } from '../queries/read-progress.js';

/** Events behind are counted up to this; more are told as so many. */
export const COUNTED_LAG = 10_000;

export interface ProjectionLag {
  readonly name: string;
  readonly version: number;
  readonly position: string;
  readonly lag: {
    /** Events not yet in it, at most {@link COUNTED_LAG}. */
    readonly events: number;
    /** Age of the oldest of them; 0 when there is none. */
    readonly seconds: number;
  };
  readonly quarantined: readonly QuarantinedStreamView[];
}

export type QuarantinedStreamView = Omit<QuarantinedStream, 'projection' | 'position'> & { readonly position: string };

/** Measures how far projections are behind the log. */
export class ProjectionLags {
  constructor(
    private readonly eventStore: EventStore,
    private readonly readStore: ReadStore,
    private readonly progress: ReadProgress,
    private readonly now: () => string,
  ) {}

  /** @throws StoreUnavailable */
  async measure(): Promise<ProjectionLag[]> {
    const [positions, quarantined] = await Promise.all([
      this.progress.projectionPositions(),
      this.readStore.quarantined(),
    ]);
    const lags = new Map<bigint, ProjectionLag['lag']>();
    for (const { position } of positions) {
      if (!lags.has(position)) lags.set(position, await this.#lagBehind(position));
    }
    return positions.map(({ name, version, position }) => ({
      name,
      version,
      position: String(position),
      lag: lags.get(position) ?? { events: 0, seconds: 0 },
      quarantined: quarantined
        .filter(({ projection }) => projection === `${name}.v${version}`)
        .map(({ projection: _, ...stream }) => ({ ...stream, position: String(stream.position) })),
    }));
  }

  async #lagBehind(position: bigint): Promise<ProjectionLag['lag']> {
    let [events, seconds] = [0, 0];
    for await (const { metadata } of this.eventStore.readAll({ from: position, limit: COUNTED_LAG })) {
      if (events === 0) seconds = Math.max(0, (Date.parse(this.now()) - Date.parse(metadata.recordedAt)) / 1_000);
      events += 1;
    }
    return { events, seconds };
  }
}
