import {
  buildOf,
  buildsOf,
  type ComparedBuild,
  type ComparedBuilds,
  type ComparedProjection,
  checkpointName,
  compareBuilds,
  type Difference,
  type Projection,
  ProjectionRunner,
  type RebuildTarget,
} from '#event-sourcing';
import type { RebuildRecord } from '#platform';
import { knownVersions } from './read-model-definitions.js';
import type { RebuildContext } from './rebuild-context.js';
import { listed } from './rebuild-steps.js';

/** So many differences are listed; all are counted. */
const LISTED_DIFFERENCES = 100;
/** How long the projectors have to show that they keep what serves, in milliseconds. */
const PATIENCE = 3_000;
const LOOK = 50;

export type Findings = Pick<RebuildRecord, 'compared' | 'differences' | 'differing' | 'documents' | 'remark'>;

/** Compares the new read models of a rebuild with those that serve. */
export class RebuildComparison {
  #compared: readonly ComparedProjection[] = [];
  #differences: readonly Difference[] = [];
  #remark: string | null = null;

  /** @param tell gets what was found so far */
  constructor(
    private readonly context: RebuildContext,
    private readonly targets: readonly RebuildTarget[],
    private readonly signal: AbortSignal,
    private readonly tell: (findings: Findings) => void,
  ) {}

  /** @throws StoreUnavailable; the signal's reason; UnknownEventType, UnreadableEvent */
  async run(): Promise<void> {
    const { projections, readStore } = this.context;
    const pairs: ComparedBuilds[] = [];
    const live: Projection[] = [];
    /** What a program of an older version serves, for which this one has no fold. */
    const older = new Set<string>();
    for (const target of this.targets) {
      const projection = projections.find(({ name, version }) => name === target.name && version === target.version);
      if (projection === undefined) continue;
      const made = comparedBuild(buildOf(projection, target.build));
      if (target.live !== null) {
        const serving = buildOf(projection, target.live);
        live.push(serving);
        pairs.push({ name: target.name, live: comparedBuild(serving), made });
        continue;
      }
      const found = await this.#olderBuild(target, projection);
      if (found === undefined) continue;
      older.add(found.checkpoint);
      pairs.push({ name: target.name, live: found, made });
    }
    await readStore.prepare(pairs.flatMap((pair) => [pair.live.collection, pair.made.collection]));
    const behind = new Set(await this.#behind(pairs));
    const [done, failed] = [new AbortController(), new AbortController()];
    const keeping = this.#keep(
      live.filter((projection) => behind.has(checkpointName(projection))),
      AbortSignal.any([this.signal, done.signal]),
    );
    // Whoever is not kept up with any more never settles.
    keeping.catch((error: unknown) => failed.abort(error));
    const signal = AbortSignal.any([this.signal, failed.signal]);
    try {
      const comparable = pairs.filter(({ live: { checkpoint } }) => !(older.has(checkpoint) && behind.has(checkpoint)));
      this.#remarkOn(comparable);
      for (const pair of comparable) await this.#compare(pair, signal);
    } finally {
      done.abort();
      await keeping;
    }
  }

  async #compare(pair: ComparedBuilds, signal: AbortSignal): Promise<void> {
    const { readStore, sleep } = this.context;
    const before = this.#documents;
    const result = await compareBuilds(pair, {
      readStore,
      sleep,
      signal,
      onDifference: (difference) => {
        if (this.#differences.length < LISTED_DIFFERENCES) this.#differences = [...this.#differences, difference];
      },
      onProgress: (documents) => this.#tell(before + documents),
    });
    this.#compared = [...this.#compared, result];
    this.#tell(this.#documents);
  }

  get #documents(): number {
    return this.#compared.reduce((sum, { documents }) => sum + documents.live + documents.made, 0);
  }

  #tell(documents: number): void {
    const differing = this.#compared.reduce((sum, each) => sum + each.differing, 0);
    this.tell({
      compared: this.#compared,
      differences: this.#differences,
      differing,
      documents,
      remark: this.#remark,
    });
  }

  #remarkOn(comparable: readonly ComparedBuilds[]): void {
    const names = this.targets.map(({ name }) => name).filter((name) => !comparable.some((pair) => pair.name === name));
    if (names.length > 0) this.#remark = `There is nothing to compare ${listed(names)} with.`;
    this.#tell(0);
  }

  /** The newest older version that was ever kept, if its documents have the same key. */
  async #olderBuild(target: RebuildTarget, projection: Projection): Promise<ComparedBuild | undefined> {
    const versions = await knownVersions(this.context.readStore);
    const [newest] = versions
      .filter(({ name, version }) => name === target.name && version < target.version)
      .sort((a, b) => b.version - a.version);
    if (newest === undefined) return undefined;
    const { serving } = buildsOf(await this.context.catalog.read(), newest);
    const { collection } = buildOf({ ...projection, collection: newest.collection }, serving);
    const sameKey = (field: string, index: number) =>
      field === projection.collection.key[index] && collection.fields[field] === projection.collection.fields[field];
    if (collection.key.length !== projection.collection.key.length || !collection.key.every(sameKey)) return undefined;
    return { collection, checkpoint: checkpointName({ ...newest, build: serving }) };
  }

  /** The checkpoints of those builds that nobody brings to where the new ones are now. */
  async #behind(pairs: readonly ComparedBuilds[]): Promise<string[]> {
    const { sleep } = this.context;
    const goal = await this.#positions();
    for (let waited = 0; ; waited += LOOK) {
      const positions = waited === 0 ? goal : await this.#positions();
      const behind = pairs
        .filter(({ live, made }) => (positions.get(live.checkpoint) ?? 0n) < (goal.get(made.checkpoint) ?? 0n))
        .map(({ live }) => live.checkpoint);
      if (behind.length === 0 || waited >= PATIENCE) return behind;
      await sleep(LOOK, this.signal);
      this.signal.throwIfAborted();
    }
  }

  async #positions(): Promise<ReadonlyMap<string, bigint>> {
    return new Map((await this.context.readStore.checkpoints()).map((each) => [each.projection, each.position]));
  }

  /** Where no projector is at work, what serves is kept from here as long as it is compared. */
  async #keep(projections: readonly Projection[], signal: AbortSignal): Promise<void> {
    if (projections.length === 0) return;
    const { eventStore, now, readStore, registry, sleep } = this.context;
    const discarded = () => this.context.discarded();
    await new ProjectionRunner({ eventStore, readStore, registry, projections, discarded, now, sleep }).run(signal);
  }
}

function comparedBuild(projection: Projection): ComparedBuild {
  return { collection: projection.collection, checkpoint: checkpointName(projection) };
}
