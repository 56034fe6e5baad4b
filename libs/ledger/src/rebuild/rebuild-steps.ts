import {
  type BuildState,
  buildOf,
  buildsOf,
  checkpointName,
  type DroppedBuild,
  type OpenRebuild,
  type Projection,
  type RebuildTarget,
  withBuilds,
} from '#event-sourcing';
import { notFound, Problem, type RebuildOrder } from '#platform';

/** Each step of a rebuild as a change of the catalog. Pure, and repeating one changes nothing. */

export interface Planning {
  readonly order: RebuildOrder;
  /** Those of the program, in their first builds. */
  readonly projections: readonly Projection[];
  /** Checkpoints by name. */
  readonly positions: ReadonlyMap<string, bigint>;
  readonly id: string;
  /** Who is to work at it. */
  readonly owner: string;
  /** Names the program, as {@link OpenRebuild.program} does. */
  readonly program: string;
  readonly at: string;
}

/** The process that works at the rebuild has lost it to another. */
export class RebuildLost extends Error {
  override readonly name = 'RebuildLost';
}

/**
 * The state with a rebuild under way that was not before. What is kept to go back to stays, for nothing has changed yet.
 * @throws Problem 404 for a projection that is not there, 409 where there is nothing to go back to
 */
export function planned(state: BuildState, planning: Planning): BuildState {
  const { at, id, order, owner, program } = planning;
  const chosen = chosenProjections(state, planning);
  const targets = chosen.map((projection) => targetOf(state, projection, planning));
  const rebuild: OpenRebuild = {
    id,
    kind: order.kind,
    switch: order.switch ?? 'when-equal',
    targets,
    startedAt: at,
    owner,
    switched: false,
    program,
  };
  const numbered = targets.reduce(
    (changed, target) =>
      withBuilds(changed, [target], (builds) => ({ ...builds, newest: Math.max(builds.newest, target.build) })),
    state,
  );
  return { ...numbered, rebuild };
}

function chosenProjections(state: BuildState, { order, projections }: Planning): readonly Projection[] {
  const unknown = order.names.find((name) => projections.every((projection) => projection.name !== name));
  if (unknown !== undefined) throw notFound('projection-not-found', `There is no projection ${unknown}.`);
  const named = projections.filter(({ name }) => order.names.length === 0 || order.names.includes(name));
  if (order.kind === 'rebuild') return named;
  const withBefore = named.filter((projection) => buildsOf(state, projection).before !== null);
  const missing = named.find((projection) => buildsOf(state, projection).before === null);
  if (withBefore.length === 0 || (order.names.length > 0 && missing !== undefined)) {
    const what = order.names.length === 0 ? 'any read model' : missing?.name;
    throw new Problem(409, 'nothing-to-roll-back', `Nothing is kept of ${what} to go back to.`);
  }
  return withBefore;
}

function targetOf(state: BuildState, projection: Projection, { order, positions }: Planning): RebuildTarget {
  const { name, version } = projection;
  const { before, complete, newest, serving } = buildsOf(state, projection);
  if (order.kind === 'rollback' && before !== null) return { name, version, build: before, live: serving };
  // A version of a newer program, which nobody has asked yet: what is made now is its first build.
  const isNew = !complete && newest === 1 && (positions.get(checkpointName(projection)) ?? 0n) === 0n;
  return isNew ? { name, version, build: 1, live: null } : { name, version, build: newest + 1, live: serving };
}

/**
 * The state in which this run works at the rebuild that waits.
 * @throws Problem 409 when it is another one than was ordered
 */
export function takenOver(state: BuildState, { order, owner, program, projections }: Planning): BuildState {
  const { rebuild } = state;
  if (rebuild === null) return state;
  const names = rebuild.targets.map(({ name }) => name);
  const isOrdered = order.names.length === 0 || sameNames(order.names, names);
  if (rebuild.kind !== order.kind || !isOrdered) {
    const what = rebuild.kind === 'rebuild' ? 'rebuild' : 'way back';
    const way = rebuild.switched ? 'go on with it first' : 'go on with it or abandon it first';
    const detail = `A ${what} of ${listed(names)} waits since ${rebuild.startedAt}: ${way}.`;
    throw new Problem(409, 'rebuild-unfinished', detail);
  }
  // Once it has switched it cannot be abandoned, and what is left is to put away what served before: any program can.
  const isOpen = !rebuild.switched;
  const strange = rebuild.targets.find((target) => isOpen && projectionOf(target, projections) === undefined);
  if (strange !== undefined) {
    const detail = `The rebuild that waits is one of version ${strange.version} of ${strange.name}, which this program does not have: abandon it first.`;
    throw new Problem(409, 'rebuild-unfinished', detail);
  }
  if (isOpen && rebuild.program !== program) {
    const detail = 'The rebuild that waits was begun by another program, whose folds may differ: abandon it first.';
    throw new Problem(409, 'rebuild-unfinished', detail);
  }
  return { ...state, rebuild: { ...rebuild, owner, switch: order.switch ?? rebuild.switch } };
}

/**
 * The one step by which the new builds serve, all of them at once. What served is kept to go back to, and what was kept
 * for that until now makes room.
 * @throws RebuildLost
 */
export function switched(
  before: BuildState,
  owner: string,
  projections: readonly Projection[],
): BuildState | undefined {
  const rebuild = ownRebuild(before, owner);
  if (rebuild.switched) return undefined;
  const replaced = rebuild.kind === 'rollback' ? [] : rebuild.targets.filter(({ live }) => live !== null);
  const state = withoutBefore(before, replaced, projections);
  const serving = rebuild.targets.reduce(
    (changed, target) =>
      withBuilds(changed, [target], (builds) => ({
        ...builds,
        serving: target.build,
        before: target.live ?? builds.before,
        complete: true,
      })),
    state,
  );
  return { ...serving, rebuild: { ...rebuild, switched: true } };
}

/** The state with nothing under way. @throws RebuildLost */
export function finished(state: BuildState, owner: string): BuildState | undefined {
  if (state.rebuild === null) return undefined;
  ownRebuild(state, owner);
  return { ...state, rebuild: null };
}

/** The state in which nobody works at the rebuild, so that the next to come may at once. */
export function released(state: BuildState, owner: string): BuildState | undefined {
  if (state.rebuild?.owner !== owner) return undefined;
  return { ...state, rebuild: { ...state.rebuild, owner: null } };
}

/**
 * The state with the rebuild given up, and what it made to be dropped. A version's first build stays: its program goes on
 * from there.
 * @throws RebuildLost; Problem 409 when it has switched
 */
export function abandoned(state: BuildState, owner: string, projections: readonly Projection[]): BuildState {
  const rebuild = ownRebuild(state, owner);
  if (rebuild.switched) throw hasSwitched();
  const made = rebuild.kind === 'rollback' ? [] : rebuild.targets.filter(({ live }) => live !== null);
  const dropped = made.map((target) => droppedBuild(target, target.build, projections));
  return { ...state, rebuild: null, dropped: [...state.dropped, ...dropped] };
}

export function hasSwitched(): Problem {
  const detail = 'The new read models serve already: let the rebuild go on to its end, and roll back instead.';
  return new Problem(409, 'rebuild-switched', detail);
}

/** The state without what served before one's own rebuild. @throws RebuildLost */
export function withoutOldBuilds(
  state: BuildState,
  { owner, targets }: { readonly owner: string; readonly targets: readonly RebuildTarget[] },
  projections: readonly Projection[],
): BuildState {
  ownRebuild(state, owner);
  return withoutBefore(state, targets, projections);
}

/** The state without what is kept to go back to, which is to be dropped. */
export function withoutBefore(
  state: BuildState,
  versions: readonly Pick<Projection, 'name' | 'version'>[],
  projections: readonly Projection[],
): BuildState {
  const kept = versions.filter((projection) => buildsOf(state, projection).before !== null);
  if (kept.length === 0) return state;
  const dropped = kept.map((projection) =>
    droppedBuild(projection, buildsOf(state, projection).before ?? 0, projections),
  );
  const changed = withBuilds(state, kept, (builds) => ({ ...builds, before: null }));
  return { ...changed, dropped: [...state.dropped, ...dropped] };
}

/** This program's, where it has that version. */
export function projectionOf(
  { name, version }: Pick<Projection, 'name' | 'version'>,
  projections: readonly Projection[],
): Projection | undefined {
  return projections.find((each) => each.name === name && each.version === version);
}

/** Names of collection and checkpoint follow from the projection's, also where this program has another version. */
function droppedBuild(
  { name, version }: Pick<Projection, 'name' | 'version'>,
  build: number,
  projections: readonly Projection[],
): DroppedBuild {
  const projection = projectionOf({ name, version }, projections);
  if (projection !== undefined) {
    const made = buildOf(projection, build);
    return { collection: made.collection.name, checkpoint: checkpointName(made) };
  }
  const suffix = build === 1 ? '' : `_b${build}`;
  const collection = `${name.replaceAll('-', '_')}_v${version}${suffix}`;
  return { collection, checkpoint: checkpointName({ name, version, build }) };
}

function ownRebuild({ rebuild }: BuildState, owner: string): OpenRebuild {
  if (rebuild?.owner !== owner) throw new RebuildLost('Another process has taken the rebuild over.');
  return rebuild;
}

function sameNames(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((name) => others.includes(name));
}

const LISTED = 5;

/** The first of the names, for a sentence. */
export function listed(names: readonly string[]): string {
  const more = names.length - LISTED;
  return more > 0 ? `${names.slice(0, LISTED).join(', ')} and ${more} more` : names.join(', ');
}
