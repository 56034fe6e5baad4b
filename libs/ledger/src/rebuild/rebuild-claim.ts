import type { OpenRebuild } from '#event-sourcing';
import { Problem, type RebuildOrder, type RebuildRecord } from '#platform';
import { type OwnRebuild, type RebuildContext, timingOf } from './rebuild-context.js';
import { GIVEN_UP, newRecord } from './rebuild-record.js';
import { abandoned, hasSwitched, listed, type Planning, planned, takenOver } from './rebuild-steps.js';

const LOOK = 200;

/**
 * Plans the rebuild or takes over the one that waits: from then on this run is the one that works at it. One at which
 * nobody has given a sign of life for the length of a lease waits; no clock is compared with another for that.
 * @throws Problem 404 `projection-not-found`, 409 `rebuild-running`, `rebuild-unfinished`, `nothing-to-roll-back`;
 * StoreUnavailable
 */
export async function claimRebuild(
  context: RebuildContext,
  order: RebuildOrder,
  signal: AbortSignal,
): Promise<OwnRebuild> {
  const { catalog } = context;
  const owner = context.newOwner();
  const planning = await planningOf(context, order, owner);
  for (;;) {
    const { rebuild: found } = await catalog.read();
    if (found !== null) {
      // What cannot be gone on with needs no waiting for.
      takenOver(await catalog.read(), planning);
      await untilNobodyWorks(context, found, signal);
    }
    const { rebuild } = await catalog.change((state) => {
      if (state.rebuild === null) return planned(state, planning);
      const isAsSeen = state.rebuild.id === found?.id && state.rebuild.owner === found.owner;
      return isAsSeen || state.rebuild.owner === null ? takenOver(state, planning) : undefined;
    });
    if (rebuild?.owner === owner) return { ...rebuild, owner };
  }
}

async function planningOf(context: RebuildContext, order: RebuildOrder, owner: string): Promise<Planning> {
  const { newId, now, program, projections, readStore } = context;
  const checkpoints = await readStore.checkpoints();
  const positions = new Map(checkpoints.map(({ projection, position }) => [projection, position]));
  return { order, projections, positions, id: newId(), owner, program, at: now() };
}

/**
 * Gives up the rebuild that is under way or waits. Whoever works at it is asked to do so; where nobody does, it is done
 * here.
 * @throws Problem 409 `no-rebuild`, `rebuild-switched`; StoreUnavailable
 */
export async function abandonRebuild(context: RebuildContext, signal: AbortSignal): Promise<RebuildRecord> {
  const { catalog, records } = context;
  const { rebuild: found } = await catalog.read();
  if (found === null) throw new Problem(409, 'no-rebuild', 'There is no rebuild under way and none that waits.');
  if (found.switched) throw hasSwitched();
  if (found.owner !== null) {
    await records.change(({ record }) => ({
      record: { ...(record?.id === found.id ? record : newRecord(found)), abandoning: true },
    }));
    await untilNobodyWorks(context, found, signal, () => undefined);
  }
  const owner = context.newOwner();
  const after = await catalog.change(({ rebuild, ...state }) => {
    if (rebuild?.id !== found.id || (rebuild.owner !== null && rebuild.owner !== found.owner)) return undefined;
    return { ...state, rebuild: { ...rebuild, owner } };
  });
  if (after.rebuild?.owner === owner) await recordAbandoned(context, { ...after.rebuild, owner });
  const { record } = await records.read();
  return record ?? newRecord(found);
}

/** Abandons one's own rebuild. @throws RebuildLost, Problem 409 `rebuild-switched`, StoreUnavailable */
export async function recordAbandoned(context: RebuildContext, own: OwnRebuild): Promise<RebuildRecord> {
  const { catalog, now, projections, records } = context;
  const { record: before } = await records.read();
  await catalog.change((state) => (state.rebuild === null ? undefined : abandoned(state, own.owner, projections)));
  const abandonedRecord = (record: RebuildRecord | null): RebuildRecord => ({
    ...(record?.id === own.id ? record : newRecord(own)),
    phase: 'abandoned',
    updatedAt: now(),
    remark: GIVEN_UP,
  });
  const { record } = await records.change(({ record }) =>
    // Another one may have begun by now.
    record?.id === own.id || record?.id === before?.id ? { record: abandonedRecord(record) } : undefined,
  );
  await dropListed(context);
  return record?.id === own.id ? record : abandonedRecord(null);
}

/** Drops what the catalog lists to be dropped, as often as it takes: a run that ended in the middle left some of it. */
export async function dropListed({ catalog, readStore }: RebuildContext): Promise<void> {
  const { dropped } = await catalog.read();
  if (dropped.length === 0) return;
  await readStore.drop(
    dropped.map(({ collection }) => collection),
    dropped.map(({ checkpoint }) => checkpoint),
  );
  const names = new Set(dropped.map(({ collection }) => collection));
  await catalog.change((state) => ({
    ...state,
    dropped: state.dropped.filter(({ collection }) => !names.has(collection)),
  }));
}

/** Resolves when the rebuild has no owner any more, or the owner has given no sign of life for the length of a lease. */
async function untilNobodyWorks(
  context: RebuildContext,
  { id, owner, startedAt, targets }: OpenRebuild,
  signal: AbortSignal,
  onBeat: () => void = () => {
    const detail = `A rebuild of ${listed(targets.map(({ name }) => name))} is running since ${startedAt}.`;
    throw new Problem(409, 'rebuild-running', detail);
  },
): Promise<void> {
  if (owner === null || context.isGone(owner)) return;
  const { lease } = timingOf(context);
  let last: number | undefined;
  for (let silence = 0; silence < lease; silence += LOOK) {
    const [{ rebuild }, { record }] = await Promise.all([context.catalog.read(), context.records.read()]);
    if (rebuild?.id !== id || rebuild.owner !== owner) return;
    const beat = record?.id === id ? record.beat : -1;
    if (last !== undefined && beat !== last) {
      onBeat();
      silence = 0;
    }
    last = beat;
    await context.sleep(LOOK, signal);
    signal.throwIfAborted();
  }
}
