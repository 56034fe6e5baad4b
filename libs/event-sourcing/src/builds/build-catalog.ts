import { checkpointName, type Projection, versionName } from '../projection.js';
import { buildOf } from './projection-build.js';
import { StateDocument, type StateDocumentOptions } from './state-document.js';

/** The builds that there are of one version of a projection. */
export interface BuildsOfVersion {
  /** The one that queries are answered from and projectors keep. */
  readonly serving: number;
  /** The greatest number that was ever given. */
  readonly newest: number;
  /** The one that served before, kept to go back to; null: there is none. */
  readonly before: number | null;
  /** Whether the serving one has once held all that the log held. Until then nobody may be answered from it. */
  readonly complete: boolean;
}

/** What a rebuild makes of one projection. */
export interface RebuildTarget {
  readonly name: string;
  readonly version: number;
  /** The build that is to serve. */
  readonly build: number;
  /** The build that serves now; null where this version serves nobody yet. */
  readonly live: number | null;
}

export type SwitchRule = 'when-equal' | 'never' | 'always';

/** The rebuild that is under way or waits to be gone on with. */
export interface OpenRebuild {
  readonly id: string;
  readonly kind: 'rebuild' | 'rollback';
  readonly switch: SwitchRule;
  readonly targets: readonly RebuildTarget[];
  readonly startedAt: string;
  /** Whoever works at it, by a name of that run; null: nobody. */
  readonly owner: string | null;
  /** Whether the new builds serve already. */
  readonly switched: boolean;
  /** Names the program whose folds make the builds: no other may go on with them, or two folds would be mixed. */
  readonly program: string;
}

/** What is to be dropped, or half dropped already. */
export interface DroppedBuild {
  readonly collection: string;
  readonly checkpoint: string;
}

/** Which builds there are and which of them serve, in one document: so any number of projections is switched at once. */
export interface BuildState {
  /** By {@link versionName}; one that is left out has its first build only. */
  readonly versions: Readonly<Record<string, BuildsOfVersion>>;
  readonly rebuild: OpenRebuild | null;
  readonly dropped: readonly DroppedBuild[];
}

export type BuildCatalog = StateDocument<BuildState>;

const FIRST_BUILD: BuildsOfVersion = { serving: 1, newest: 1, before: null, complete: false };

/** The catalog of a read store's builds. */
export function buildCatalog(options: StateDocumentOptions): BuildCatalog {
  return new StateDocument<BuildState>('builds', { versions: {}, rebuild: null, dropped: [] }, options);
}

export function buildsOf(state: BuildState, projection: Pick<Projection, 'name' | 'version'>): BuildsOfVersion {
  return state.versions[versionName(projection)] ?? FIRST_BUILD;
}

/** The projections in the builds that serve. */
export function servedProjections(state: BuildState, projections: readonly Projection[]): readonly Projection[] {
  return projections.map((projection) => buildOf(projection, buildsOf(state, projection).serving));
}

/** The state with some versions' builds changed. */
export function withBuilds(
  state: BuildState,
  projections: readonly Pick<Projection, 'name' | 'version'>[],
  change: (builds: BuildsOfVersion) => BuildsOfVersion,
): BuildState {
  const changed = projections.map((projection) => [versionName(projection), change(buildsOf(state, projection))]);
  return { ...state, versions: { ...state.versions, ...Object.fromEntries(changed) } };
}

/** What whoever keeps read models asks: which builds to keep, and whether that has changed since. */
export class ServedProjections {
  readonly #catalog: BuildCatalog;
  readonly #projections: readonly Projection[];
  #kept: string | undefined;

  constructor(catalog: BuildCatalog, projections: readonly Projection[]) {
    this.#catalog = catalog;
    this.#projections = projections;
  }

  /** @throws StoreUnavailable */
  async projections(): Promise<readonly Projection[]> {
    const served = servedProjections(await this.#catalog.read(), this.#projections);
    this.#kept = namesOf(served);
    return served;
  }

  /** Whether other builds serve than {@link projections} gave the last time. @throws StoreUnavailable */
  async isStale(): Promise<boolean> {
    if (this.#kept === undefined) return false;
    return namesOf(servedProjections(await this.#catalog.read(), this.#projections)) !== this.#kept;
  }
}

function namesOf(projections: readonly Projection[]): string {
  return projections.map(checkpointName).join(' ');
}
