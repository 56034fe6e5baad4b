import type { Checkpoint } from '../read-store.js';

/** A projector at work on a ledger, as the others see it. */
export interface ProjectorMember {
  /** Never used again by another. */
  readonly id: string;
  /** Machine and namespace of process ids in which `pid` means something. */
  readonly host: string;
  readonly pid: number;
  /** Start of the process, in milliseconds since 1970: tells apart processes that got one `pid` one behind the other. */
  readonly startedAt: number;
}

/** A member with the age of its lease, by the store's clock. */
export interface SeenMember extends ProjectorMember {
  /**
   * Milliseconds since it was renewed for the last time. Negative where the store's clock was set back since, or has
   * begun anew.
   */
  readonly age: number;
}

/** The share of one member in a generation. */
export interface ProjectorSession {
  /** Never used again. */
  readonly id: string;
  readonly member: string;
  /** Ascending; no partition is in two sessions of a generation, and each is in one. */
  readonly partitions: readonly number[];
}

/** Who keeps which partitions, until somebody comes or goes. */
export interface ProjectorGeneration {
  /** Counts up from 1; 0 before the first. */
  readonly number: number;
  readonly sessions: readonly ProjectorSession[];
}

export interface ProjectorGroupState {
  readonly generation: ProjectorGeneration;
  /** Ids of the generation's sessions that are open. */
  readonly open: ReadonlySet<string>;
  readonly members: readonly SeenMember[];
}

/**
 * Where projectors agree on who keeps which partitions. A session may write as long as it is open; it is opened once and
 * closed once, for good, and the generation that it is of changes by compare-and-set.
 * Every method @throws StoreUnavailable when the store cannot be reached.
 */
export interface ProjectorStore {
  projectorGroup(): Promise<ProjectorGroupState>;
  /** Stamps the member with the store's clock, and makes it known where it is not. */
  renewMember(member: ProjectorMember): Promise<void>;
  removeMembers(ids: readonly string[]): Promise<void>;
  /**
   * Makes sessions for a generation to come, which begin at these checkpoints. What they write counts for nothing until
   * their generation is there.
   */
  openSessions(generation: number, ids: readonly string[], checkpoints: readonly Checkpoint[]): Promise<void>;
  /**
   * Closes the sessions: what they write from now on is refused. Closing a closed or an unknown one does nothing.
   * @returns for each projection that all of them have a checkpoint of, the least
   */
  closeSessions(ids: readonly string[]): Promise<Checkpoint[]>;
  /**
   * Puts the generation in the place of the one before it, whose number is one less, and forgets the sessions of those
   * that were before that.
   * @returns whether that one was there
   */
  beginGeneration(next: ProjectorGeneration): Promise<boolean>;
}

/** The session was closed: others keep its partitions, and nothing of what it wanted to write was written. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}
