import {
  type BuildCatalog,
  buildsOf,
  checkpointName,
  type EventStore,
  type Projection,
  type ReadStore,
  servedProjections,
  withBuilds,
} from '#event-sourcing';

/** The builds that answer queries, as of one look at the catalog. */
export interface ServedBuilds {
  readonly projections: readonly Projection[];
  /** Names of the collections to read, by the names that queries ask for. */
  readonly collections: ReadonlyMap<string, string>;
  /** Names of the projections that have never held all that the log held. */
  readonly incomplete: readonly string[];
}

export interface ServedBuildsOptions {
  readonly eventStore: Pick<EventStore, 'head' | 'readAll'>;
  readonly readStore: Pick<ReadStore, 'prepare' | 'checkpoints'>;
  readonly catalog: BuildCatalog;
  /** In their first builds. */
  readonly projections: readonly Projection[];
}

/**
 * Finds out which builds serve. What the catalog points to anew is taken as soon as it is as far as what served before:
 * no position that was told is taken back.
 */
export class ServedBuildsLookup {
  readonly #options: ServedBuildsOptions;
  /** End of the log when a build was first seen to be incomplete. */
  #goal: bigint | undefined;

  constructor(options: ServedBuildsOptions) {
    this.#options = options;
  }

  /** @param before the builds until now, given again when nothing has changed. @throws StoreUnavailable */
  async look(before: ServedBuilds | undefined): Promise<ServedBuilds> {
    const { catalog, projections, readStore } = this.#options;
    const state = await catalog.read();
    const served = servedProjections(state, projections);
    const suspects = projections.filter((projection) => !buildsOf(state, projection).complete);
    const incomplete = await this.#incomplete(suspects.map((each) => served[projections.indexOf(each)] ?? each));
    const isSame = before !== undefined && namesOf(before.projections) === namesOf(served);
    if (isSame && before.incomplete.length === incomplete.length) return before;
    if (isSame) return { ...before, incomplete };
    await readStore.prepare(served.map(({ collection }) => collection));
    if (before !== undefined && !(await this.#isAsFar(served, before.projections))) return before;
    const names = projections.map(({ collection }, index) => [collection.name, served[index]?.collection.name ?? '']);
    return { projections: served, collections: new Map(names as [string, string][]), incomplete };
  }

  /**
   * Whether each of the builds still serves or is kept to go back to. The catalog is changed before anything is dropped:
   * what was read of them before this was there.
   * @throws StoreUnavailable
   */
  async areKept({ projections }: Pick<ServedBuilds, 'projections'>): Promise<boolean> {
    const state = await this.#options.catalog.read();
    return projections.every((projection) => {
      const { serving, before } = buildsOf(state, projection);
      const build = projection.build ?? 1;
      return build === serving || build === before;
    });
  }

  async #isAsFar(next: readonly Projection[], before: readonly Projection[]): Promise<boolean> {
    const positions = await this.#positions();
    return next.every((projection, index) => {
      const old = before[index];
      return old === undefined || positionOf(positions, projection) >= positionOf(positions, old);
    });
  }

  /** Marks those that have got to where the log ended when they were first looked at. */
  async #incomplete(suspects: readonly Projection[]): Promise<readonly string[]> {
    if (suspects.length === 0) return [];
    const goal = await this.#endOfLog();
    const positions = await this.#positions();
    const isComplete = (projection: Projection) => positionOf(positions, projection) >= goal;
    const complete = suspects.filter(isComplete);
    if (complete.length > 0) {
      await this.#options.catalog.change((state) => {
        // Another build may serve by now.
        const same = complete.filter((each) => buildsOf(state, each).serving === (each.build ?? 1));
        return withBuilds(state, same, (builds) => ({ ...builds, complete: true }));
      });
    }
    return suspects.filter((projection) => !isComplete(projection)).map(({ name }) => name);
  }

  /** 0 for a log that holds nothing but its opening: what has nothing is complete then. */
  async #endOfLog(): Promise<bigint> {
    if (this.#goal !== undefined) return this.#goal;
    const { eventStore } = this.#options;
    let events = 0;
    for await (const _ of eventStore.readAll({ limit: 2 })) events += 1;
    if (events < 2) return 0n;
    this.#goal = (await eventStore.head()) ?? 0n;
    return this.#goal;
  }

  async #positions(): Promise<ReadonlyMap<string, bigint>> {
    const checkpoints = await this.#options.readStore.checkpoints();
    return new Map(checkpoints.map(({ projection, position }) => [projection, position]));
  }
}

function positionOf(positions: ReadonlyMap<string, bigint>, projection: Projection): bigint {
  return positions.get(checkpointName(projection)) ?? 0n;
}

function namesOf(projections: readonly Projection[]): string {
  return projections.map(checkpointName).join(' ');
}
