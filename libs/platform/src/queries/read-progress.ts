import { randomUUID } from 'node:crypto';
import { buildCatalog, checkpointName, type Projection, type ReadStore, servedProjections } from '#event-sourcing';
import { Problem } from '../problems/problem.js';
import type { Reading, ServedReadModels } from './served-read-models.js';

/** While somebody waits, the checkpoints are looked at so often, in milliseconds. */
const POLL_INTERVAL = 4;
const NAMED = 3;

export interface ProjectionProgress {
  readonly name: string;
  readonly version: number;
  /** Which build of the version serves. */
  readonly build: number;
  /** Name of that build's checkpoint, under which its quarantined streams stand as well. */
  readonly checkpoint: string;
  readonly position: bigint;
}

/** A question that has begun, and how far the read models were then that it reads from. */
export interface PositionedReading extends Reading {
  readonly position: bigint;
}

/** How far the read models that serve have got. */
export class ReadProgress {
  readonly #currentProjections: () => Promise<readonly Projection[]>;
  readonly #newestProjections: () => Promise<readonly Projection[]>;
  readonly #polls = new Map<readonly Projection[], Promise<bigint>>();

  /**
   * @param projections in their first builds
   * @param served tells which builds serve; left out: the catalog is asked each time
   */
  constructor(
    private readonly readStore: ReadStore,
    projections: readonly Projection[],
    private readonly served?: ServedReadModels,
  ) {
    const catalog = buildCatalog({ readStore, newId: randomUUID });
    const catalogued = async () => servedProjections(await catalog.read(), projections);
    this.#currentProjections = served === undefined ? catalogued : async () => (await served.current()).projections;
    this.#newestProjections = served === undefined ? catalogued : async () => (await served.newest()).projections;
  }

  /** Every event at or before this position is in every read model. @throws StoreUnavailable */
  async position(): Promise<bigint> {
    return this.#positionOf(await this.#currentProjections());
  }

  /** @throws StoreUnavailable */
  async projectionPositions(): Promise<ProjectionProgress[]> {
    return this.#positionsOf(await this.#currentProjections());
  }

  /**
   * Of the builds that questions are answered from which begin now. Those that older questions still read are kept by
   * nobody any more: how far they have got tells nothing about the ledger.
   * @throws StoreUnavailable
   */
  async newestPositions(): Promise<ProjectionProgress[]> {
    return this.#positionsOf(await this.#newestProjections());
  }

  /**
   * Begins a question: what it reads within the reading holds every event at or before the position.
   * @param min the position that it must have, and for how many milliseconds it may be waited for
   * @throws Problem `projection-behind` after that; `read-models-incomplete` while one is made for the first time;
   * StoreUnavailable
   */
  async begin(min?: { readonly position: bigint; readonly patience: number }): Promise<PositionedReading> {
    if (this.served === undefined) throw new Error('nothing is served here');
    const deadline = performance.now() + (min?.patience ?? 0);
    for (;;) {
      // Each time anew: builds that do not serve any more are not kept, and never get there.
      const reading = await this.served.begin();
      try {
        checkComplete(reading);
        const position = await this.#look(reading.builds.projections);
        if (min === undefined || position >= min.position) return { ...reading, position };
        if (performance.now() >= deadline) throw behind(position, min.position);
      } catch (error) {
        reading.end();
        throw error;
      }
      reading.end();
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
    }
  }

  /** One look for all who wait at this moment. */
  #look(projections: readonly Projection[]): Promise<bigint> {
    const poll =
      this.#polls.get(projections) ?? this.#positionOf(projections).finally(() => this.#polls.delete(projections));
    this.#polls.set(projections, poll);
    return poll;
  }

  async #positionOf(projections: readonly Projection[]): Promise<bigint> {
    const each = await this.#positionsOf(projections);
    return each.reduce<bigint>((least, { position }) => (position < least ? position : least), each[0]?.position ?? 0n);
  }

  async #positionsOf(projections: readonly Projection[]): Promise<ProjectionProgress[]> {
    const checkpoints = new Map((await this.readStore.checkpoints()).map((each) => [each.projection, each.position]));
    return projections.map((projection) => ({
      name: projection.name,
      version: projection.version,
      build: projection.build ?? 1,
      checkpoint: checkpointName(projection),
      position: checkpoints.get(checkpointName(projection)) ?? 0n,
    }));
  }
}

function behind(reached: bigint, position: bigint): Problem {
  return new Problem(503, 'projection-behind', `The read models are at position ${reached}, not yet at ${position}.`, {
    members: { position: String(reached), minPosition: String(position) },
    headers: { 'Retry-After': '1' },
  });
}

function checkComplete({ builds: { incomplete } }: Reading): void {
  if (incomplete.length === 0) return;
  throw new Problem(503, 'read-models-incomplete', incompleteText(incomplete), { headers: { 'Retry-After': '2' } });
}

/** Says that these projections have never held all of the log. */
export function incompleteText(names: readonly string[]): string {
  const more = names.length - NAMED;
  const list = more > 0 ? `${names.slice(0, NAMED).join(', ')} and ${more} more` : names.join(', ');
  return `Read models are being made for the first time: ${list}.`;
}
