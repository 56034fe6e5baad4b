import { checkpointName, type Projection, type ReadStore } from '#event-sourcing';
import { Problem } from '../problems/problem.js';

/** While somebody waits, the checkpoints are looked at so often, in milliseconds. */
const POLL_INTERVAL = 4;

export interface ProjectionProgress {
  readonly name: string;
  readonly version: number;
  readonly position: bigint;
}

/** How far the read models have got. */
export class ReadProgress {
  #poll: Promise<bigint> | undefined;

  constructor(
    private readonly readStore: ReadStore,
    private readonly projections: readonly Projection[],
  ) {}

  /** Every event at or before this position is in every read model. */
  async position(): Promise<bigint> {
    const each = await this.projectionPositions();
    return each.reduce<bigint>((least, { position }) => (position < least ? position : least), each[0]?.position ?? 0n);
  }

  async projectionPositions(): Promise<ProjectionProgress[]> {
    const checkpoints = new Map((await this.readStore.checkpoints()).map((each) => [each.projection, each.position]));
    return this.projections.map((projection) => ({
      name: projection.name,
      version: projection.version,
      position: checkpoints.get(checkpointName(projection)) ?? 0n,
    }));
  }

  /**
   * Waits until the read models have reached a position.
   * @returns where they are then
   * @throws Problem `projection-behind` after so many milliseconds
   */
  async reach(position: bigint, patience: number): Promise<bigint> {
    const deadline = performance.now() + patience;
    for (;;) {
      const reached = await this.#look();
      if (reached >= position) return reached;
      if (performance.now() >= deadline) {
        throw new Problem(
          503,
          'projection-behind',
          `The read models are at position ${reached}, not yet at ${position}.`,
          {
            members: { position: String(reached), minPosition: String(position) },
            headers: { 'Retry-After': '1' },
          },
        );
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
    }
  }

  /** One look for all who wait at this moment. */
  #look(): Promise<bigint> {
    this.#poll ??= this.position().finally(() => {
      this.#poll = undefined;
    });
    return this.#poll;
  }
}
