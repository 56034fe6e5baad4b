import { StoreUnavailable } from '../event-store.js';
import { partitionOf } from '../partition.js';
import { checkpointName, type Projection } from '../projection.js';
import { ProjectionRunner } from '../projections/projection-runner.js';
import { awaitsRedrive } from '../projections/redrive.js';
import type { ProjectionRunnerOptions } from '../projections/runner-options.js';
import { type JoinedSession, joinGeneration } from './generation-change.js';
import { isInForce, type MembershipRules, membersWithShare } from './membership.js';
import { LeaseLost, type ProjectorMember, type ProjectorStore } from './projector-store.js';

export interface ProjectorGroupOptions
  extends Omit<ProjectionRunnerOptions, 'projections' | 'readStore' | 'partitions' | 'session'> {
  readonly readStore: ProjectionRunnerOptions['readStore'] & ProjectorStore;
  /** This projector; another one for each {@link ProjectorGroup}. */
  readonly member: ProjectorMember;
  /** Asked at the beginning of each session: what is kept in it. */
  projections(): Promise<readonly Projection[]>;
  /** Asked with each renewal: whether {@link projections} would answer otherwise now. Then a new session begins. */
  isStale?(): Promise<boolean>;
  /** Whether a member is known to have ended without leaving, so that its lease need not be waited for. */
  isGone?(member: ProjectorMember): boolean;
  /** Told at the beginning of each session. */
  onSession?(session: JoinedSession): void;
  /** Told when a session was closed by others while this projector was at work in it. */
  onLeaseLost?(error: LeaseLost): void;
  /** Milliseconds after its last renewal at which a member counts as gone; default {@link PROJECTOR_LEASE}. */
  readonly lease?: number;
  /** Milliseconds between two renewals; default 1,000. */
  readonly renewal?: number;
}

/** Milliseconds after its last renewal at which a projector counts as gone, unless it says otherwise. */
export const PROJECTOR_LEASE = 5_000;
const DEFAULT_RENEWAL = 1_000;
const FIRST_DELAY = 100;
const LAST_DELAY = 10_000;

/**
 * A projector among others: shares the partitions with all that are there, and keeps its share of the read models.
 *
 * Its lease is renewed beside the work, not between batches, so that a long one costs no lease; and a lost lease costs
 * only time: what is written under it is refused by the store, and all that is in memory is dropped.
 */
export class ProjectorGroup {
  readonly #options: ProjectorGroupOptions;
  readonly #rules: MembershipRules;
  readonly #renewal: number;
  #ids = 0;
  #failures = 0;

  constructor(options: ProjectorGroupOptions) {
    this.#options = options;
    this.#renewal = options.renewal ?? DEFAULT_RENEWAL;
    this.#rules = {
      self: options.member.id,
      lease: options.lease ?? PROJECTOR_LEASE,
      isGone: (member) => options.isGone?.(member) ?? false,
    };
  }

  /**
   * Works until the signal is aborted; then writes what has changed, leaves the group, and resolves. A store that cannot
   * be reached is tried again after 0.1 s, 0.2 s, 0.4 s … 10 s.
   * @throws UnknownEventType for an event that no capability knows, and whatever else a store fails with
   */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) await this.#attempt(signal);
    } finally {
      await this.#leave();
    }
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    const { member, readStore, sleep } = this.#options;
    try {
      const session = await joinGeneration(readStore, member, this.#rules, (generation) => this.#newId(generation));
      if (session === undefined) await sleep(this.#renewal, signal);
      else await this.#work(session, signal);
      this.#failures = 0;
    } catch (error) {
      if (error instanceof LeaseLost) {
        this.#options.onLeaseLost?.(error);
        return;
      }
      if (!(error instanceof StoreUnavailable)) throw error;
      const delay = Math.min(FIRST_DELAY * 2 ** this.#failures, LAST_DELAY);
      this.#failures += 1;
      this.#options.onRetry?.(error, delay);
      await sleep(delay, signal);
    }
  }

  #newId(generation: number): string {
    this.#ids += 1;
    return `${generation}/${this.#options.member.id}/${this.#ids}`;
  }

  /** Until the signal is aborted, or others came or went, or there is another thing to be begun anew for. */
  async #work(session: JoinedSession, signal: AbortSignal): Promise<void> {
    const { projections, onSession, ...options } = this.#options;
    const kept = await projections();
    const over = new AbortController();
    const partitions = new Set(session.partitions);
    const runner = new ProjectionRunner({
      ...options,
      projections: kept,
      partitions,
      session: session.id,
    });
    // However the session ends, it has begun: what failed before is over.
    this.#failures = 0;
    onSession?.(session);
    const watch = this.#watch(session, kept, partitions, AbortSignal.any([signal, over.signal]));
    // An error of the watch is thrown below, once the runner has ended for it.
    watch.then(
      () => over.abort(),
      () => over.abort(),
    );
    try {
      await runner.run(AbortSignal.any([signal, over.signal]));
    } finally {
      over.abort();
      await watch;
    }
  }

  /** Renews the lease; resolves when the session is to end. */
  async #watch(
    session: JoinedSession,
    projections: readonly Projection[],
    partitions: ReadonlySet<number>,
    signal: AbortSignal,
  ): Promise<void> {
    const { member, readStore, sleep, isStale } = this.#options;
    const names = new Map(projections.map((each) => [checkpointName(each), each]));
    for (;;) {
      await sleep(this.#renewal, signal);
      if (signal.aborted) return;
      try {
        await readStore.renewMember(member);
        const state = await readStore.projectorGroup();
        if (state.generation.number !== session.generation) return;
        if (!isInForce(state, membersWithShare(state, this.#rules))) return;
        if (await isStale?.()) return;
        const asked = (await readStore.quarantined()).filter(
          (each) => partitions.has(partitionOf(each.stream)) && awaitsRedrive(each, names.get(each.projection)),
        );
        if (asked.length > 0) return;
      } catch (error) {
        // The runner meets the same, tells it, and waits; nobody else can take over meanwhile.
        if (!(error instanceof StoreUnavailable)) throw error;
      }
    }
  }

  async #leave(): Promise<void> {
    try {
      await this.#options.readStore.removeMembers([this.#options.member.id]);
    } catch (error) {
      // Then the others wait until the lease has run out.
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }
}
