import {
  buildOf,
  checkpointName,
  type Projection,
  ProjectionRunner,
  StoreUnavailable,
  UnreadableEvent,
} from '#event-sourcing';
import type { RebuildOrder, RebuildPhase, RebuildRecord } from '#platform';
import { growHeapByDoubling } from '../heap-growth.js';
import { claimRebuild, dropListed, recordAbandoned } from './rebuild-claim.js';
import { RebuildComparison } from './rebuild-comparison.js';
import { type OwnRebuild, type RebuildContext, type RebuildTiming, timingOf } from './rebuild-context.js';
import { newRecord } from './rebuild-record.js';
import { finished, projectionOf, RebuildLost, released, switched, withoutOldBuilds } from './rebuild-steps.js';

const LOOK = 20;
const RETRY = 500;

/**
 * Rebuilds read models beside those that serve: makes new ones of the whole log, compares them at the same events,
 * switches all of them by one change of one document, and keeps them until the projectors have turned to them. The ones
 * that served before are kept to go back to.
 *
 * It may end in any phase, by the signal or by force: what served before the switch serves on, and the next run with the
 * same order goes on from here.
 * @param claimed the rebuild, where it was claimed for this run already
 * @returns how it ended: `done`, `compared` (it waits for a word), or `abandoned`
 * @throws as {@link claimRebuild}; RebuildLost when another run has taken it over; the signal's reason; UnknownEventType;
 * UnreadableEvent
 */
export async function runRebuild(
  context: RebuildContext,
  order: RebuildOrder,
  signal: AbortSignal,
  claimed?: OwnRebuild,
): Promise<RebuildRecord> {
  growHeapByDoubling();
  const own = claimed ?? (await claimRebuild(context, order, signal));
  return new RebuildRun(context, own, order.dropOld === true, signal).run();
}

/** Somebody asked for the rebuild to be given up. */
class Abandoning extends Error {}

class RebuildRun {
  readonly #context: RebuildContext;
  readonly #own: OwnRebuild;
  readonly #dropOld: boolean;
  readonly #timing: RebuildTiming;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #made: readonly Projection[];
  #runner: ProjectionRunner | undefined;
  /** Whether the catalog may not know the rebuild any more because this run has ended it. */
  #finishing = false;
  /** Whether the stored record is this rebuild's: another one's that is there later is a newer one's. */
  #recorded = false;
  #record: RebuildRecord;

  constructor(context: RebuildContext, own: OwnRebuild, dropOld: boolean, signal: AbortSignal) {
    const { projections } = context;
    this.#context = context;
    this.#own = own;
    this.#dropOld = dropOld;
    this.#timing = timingOf(context);
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
    this.#record = newRecord(own);
    this.#made = own.targets.flatMap((target) => {
      const projection = projectionOf(target, projections);
      return projection === undefined ? [] : [buildOf(projection, target.build)];
    });
  }

  async run(): Promise<RebuildRecord> {
    const heart = this.#beat();
    try {
      await this.#resumeRecord();
      await this.#patiently(() => dropListed(this.#context));
      await this.#work();
    } catch (error) {
      if (!(error instanceof Abandoning)) throw error;
      // A sign of life that is being written would put an earlier phase over this last one.
      await heart;
      this.#record = await recordAbandoned(this.#context, this.#own);
      this.#context.onProgress?.(this.#record);
    } finally {
      this.#stop.abort();
      await heart;
      await this.#release();
    }
    return this.#record;
  }

  /** The new read models are kept from here to the end, so that they are no further behind than any projector's. */
  async #work(): Promise<void> {
    const enough = new AbortController();
    const runner = this.#newRunner();
    this.#runner = runner;
    const following = runner.run(AbortSignal.any([this.#signal, enough.signal]));
    following.catch((error: unknown) => this.#stop.abort(error));
    try {
      if (!this.#own.switched) {
        await this.#phase('building');
        await this.#until(async () => runner.status().caughtUp && this.#position >= BigInt(this.#record.head));
        if (!(await this.#mayServe())) return;
        await this.#phase('switching');
        await this.#change((state) => switched(state, this.#own.owner, this.#context.projections));
      }
      await this.#phase('following');
      await this.#untilTakenOver();
    } finally {
      enough.abort();
      await following;
    }
    await this.#dropOldBuilds();
    this.#finishing = true;
    await this.#change((state) => finished(state, this.#own.owner));
    await this.#phase('done');
  }

  /** It shares its work with no projector: their sessions keep other builds. */
  #newRunner(): ProjectionRunner {
    const { eventStore, now, readStore, registry, sleep } = this.#context;
    return new ProjectionRunner({
      eventStore,
      readStore,
      registry,
      projections: this.#made,
      discarded: () => this.#context.discarded(),
      now,
      sleep,
      onRetry: (error) => this.#away(error),
    });
  }

  /** Compares, and decides. */
  async #mayServe(): Promise<boolean> {
    if (this.#own.kind === 'rollback') return true;
    this.#record = { ...this.#record, documents: 0, compared: [], differing: 0, differences: [], remark: null };
    await this.#phase('comparing');
    await this.#patiently(async () => {
      const comparison = new RebuildComparison(this.#context, this.#own.targets, this.#signal, (found) => {
        this.#record = { ...this.#record, ...found };
      });
      await comparison.run();
    });
    const { differing } = this.#record;
    const rule = this.#own.switch;
    if (rule === 'always' || (rule === 'when-equal' && differing === 0)) return true;
    const remark =
      differing > 0
        ? `${differing} documents differ from those that serve: nothing was switched.`
        : 'No document differs: the new read models can be switched to.';
    this.#record = { ...this.#record, remark };
    await this.#phase('compared');
    return false;
  }

  /** Until the new read models are as far as those that serve no more, and projectors and queries had time to turn. */
  async #untilTakenOver(): Promise<void> {
    const { projections, readStore, sleep } = this.#context;
    await sleep(this.#timing.grace, this.#signal);
    // Those that this program does not have are kept by nobody here: it would wait for ever.
    const known = this.#own.targets.filter((target) => projectionOf(target, projections) !== undefined);
    const pairs = known.flatMap(({ build, live, name, version }) =>
      live === null ? [] : [[build, live].map((number) => checkpointName({ name, version, build: number }))],
    );
    await this.#until(async () => {
      const positions = new Map((await readStore.checkpoints()).map((each) => [each.projection, each.position]));
      return pairs.every(([made = '', live = '']) => (positions.get(made) ?? 0n) >= (positions.get(live) ?? 0n));
    });
  }

  /** What was kept to go back to until the switch, and what served until then where that is asked for. */
  async #dropOldBuilds(): Promise<void> {
    if (this.#dropOld) {
      await this.#context.sleep(this.#timing.dropGrace, this.#signal);
      this.#signal.throwIfAborted();
      await this.#change((state) => withoutOldBuilds(state, this.#own, this.#context.projections));
    }
    await this.#patiently(() => dropListed(this.#context));
  }

  get #position(): bigint {
    return this.#runner?.status().position ?? 0n;
  }

  async #resumeRecord(): Promise<void> {
    await this.#patiently(() => this.#look());
    const { record } = await this.#patiently(() => this.#context.records.read());
    if (record?.id === this.#own.id) this.#record = { ...record, switch: this.#own.switch };
    await this.#patiently(() => this.#store());
  }

  async #phase(phase: RebuildPhase): Promise<void> {
    this.#record = { ...this.#record, phase };
    await this.#patiently(() => this.#store());
    this.#context.onProgress?.(this.#record);
  }

  /** A sign of life about every second, and a look whether the rebuild is still this run's. */
  async #beat(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#context.sleep(this.#timing.beat, signal);
      if (signal.aborted) return;
      try {
        await this.#look();
        // Ended meanwhile.
        if (signal.aborted) return;
        this.#record = { ...this.#record, beat: this.#record.beat + 1 };
        await this.#store();
        this.#context.onProgress?.(this.#record);
      } catch (error) {
        // While a store is away nobody else can take the rebuild over either.
        if (!(error instanceof StoreUnavailable)) this.#stop.abort(error);
      }
    }
  }

  /** @throws RebuildLost */
  async #look(): Promise<void> {
    const { catalog, eventStore } = this.#context;
    const { rebuild } = await catalog.read();
    const isOurs = rebuild?.id === this.#own.id && rebuild.owner === this.#own.owner;
    // Ended by another that had taken it over counts as taken over, unless it was this run that has just ended it.
    if (!isOurs && !(rebuild === null && this.#finishing)) {
      throw new RebuildLost('Another process has taken the rebuild over.');
    }
    // Asked first: the rest of the record may change while the event store answers.
    const head = (await eventStore.head()) ?? 0n;
    this.#record = { ...this.#record, head: String(head) };
  }

  /** Also finds out whether it was asked for meanwhile to give the rebuild up. */
  async #store(): Promise<void> {
    const { now, records } = this.#context;
    const position = this.#position === 0n ? this.#record.position : String(this.#position);
    this.#record = { ...this.#record, position, updatedAt: now() };
    const { record } = await records.change(({ record: stored }) => {
      const isOwn = stored?.id === this.#own.id;
      if (this.#recorded && !isOwn) return undefined;
      return { record: { ...this.#record, abandoning: isOwn && stored.abandoning } };
    });
    this.#recorded = true;
    if (record?.id === this.#own.id && record.abandoning && BEFORE_SWITCH.has(this.#record.phase))
      this.#stop.abort(new Abandoning());
  }

  async #change(step: Parameters<RebuildContext['catalog']['change']>[0]): Promise<void> {
    await this.#patiently(() => this.#context.catalog.change(step));
  }

  async #until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await this.#patiently(condition))) {
      await this.#context.sleep(LOOK, this.#signal);
      this.#signal.throwIfAborted();
    }
  }

  /** Tries again while a store is away. */
  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      this.#signal.throwIfAborted();
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        this.#away(error);
        await this.#context.sleep(RETRY, this.#signal);
      }
    }
  }

  /** A store that is away comes back; an event that cannot be read does not mend itself. @throws UnreadableEvent */
  #away(error: StoreUnavailable): void {
    if (error instanceof UnreadableEvent) throw error;
    this.#context.onRetry?.(error);
  }

  /** So that the next run need not wait for this one's lease. */
  async #release(): Promise<void> {
    try {
      await this.#context.catalog.change((state) => released(state, this.#own.owner));
    } catch (error) {
      // Then the lease runs out by itself.
      if (!(error instanceof StoreUnavailable)) throw error;
      this.#context.onRetry?.(error);
    }
  }
}

/** Phases in which a rebuild can be given up. */
const BEFORE_SWITCH: ReadonlySet<RebuildPhase> = new Set(['planned', 'building', 'comparing', 'compared']);
