import type { ComparedProjection, Difference, OpenRebuild, RebuildTarget, SwitchRule } from '#event-sourcing';

/**
 * Where a rebuild is. `planned`: nothing made yet. `building`: the new read models are made of the log. `comparing`: with
 * those that serve. `compared`: it waits for a word on what was found. `switching`: the new ones are about to serve.
 * `following`: they serve, and are kept until the projectors have taken them over. The others are ends.
 */
export const REBUILD_PHASES = [
  'planned',
  'building',
  'comparing',
  'compared',
  'switching',
  'following',
  'done',
  'abandoned',
] as const;
export type RebuildPhase = (typeof REBUILD_PHASES)[number];

/** The newest rebuild, under way or ended, as those see it who ask. */
export interface RebuildRecord {
  readonly id: string;
  readonly kind: OpenRebuild['kind'];
  readonly switch: SwitchRule;
  readonly targets: readonly RebuildTarget[];
  readonly phase: RebuildPhase;
  /** Counts up while somebody works at it. */
  readonly beat: number;
  readonly startedAt: string;
  readonly updatedAt: string;
  /** Everything at or before it is in the new read models. */
  readonly position: string;
  /** End of the log, as of when it was last looked for. */
  readonly head: string;
  /** Documents gone through by the comparison so far. */
  readonly documents: number;
  /** One a projection that could be compared. */
  readonly compared: readonly ComparedProjection[];
  /** So many documents differ. */
  readonly differing: number;
  /** The first of the differences. */
  readonly differences: readonly Difference[];
  /** A sentence on how it ended, or why it waits; null: nothing to say. */
  readonly remark: string | null;
  /** Somebody asked for it to be given up. */
  readonly abandoning: boolean;
}

/** What is to be rebuilt. */
export interface RebuildOrder {
  readonly kind: OpenRebuild['kind'];
  /** Names of projections; empty: all of them, or those of the rebuild that waits. */
  readonly names: readonly string[];
  /** Left out: as the rebuild that waits has it, else `when-equal`. */
  readonly switch?: SwitchRule;
  /** Drop what served before as soon as the new read models serve. */
  readonly dropOld?: boolean;
}

/** Nest injection token of the {@link Rebuilds}. */
export const REBUILDS = Symbol('Rebuilds');

/** Makes read models anew beside those that serve, and switches between them. */
export interface Rebuilds {
  /**
   * Begins a rebuild, or goes on with the one that waits, beside this process's own work.
   * @throws Problem 404 `projection-not-found`, 409 `rebuild-running`, `rebuild-unfinished`, `nothing-to-roll-back`
   */
  start(order: RebuildOrder): Promise<RebuildRecord>;
  /** The newest one. */
  latest(): Promise<RebuildRecord | undefined>;
  /** Gives up the one that is under way or waits; what serves stays. @throws Problem 409 once it has switched */
  abandon(): Promise<RebuildRecord>;
  /** Ends what this process does for rebuilds; they can be gone on with. */
  stop(): Promise<void>;
}
