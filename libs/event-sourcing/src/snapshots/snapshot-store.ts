/** A part of a snapshot that never changes once it is made, in pages numbered from 0. */
export interface SnapshotSegment {
  /** UUID; two segments never share one. */
  readonly id: string;
  /** How many pages it has. */
  readonly pages: number;
  /** Whether its pages are in the memory, rather than read when they are asked for. */
  readonly held: boolean;
  /** The bytes of a page, which nobody changes. @throws SnapshotLost when they are no longer there */
  page(number: number): Uint8Array;
}

/** A stream's snapshot as a store keeps it. What the head says is no concern of the store. */
export interface StoredSnapshot {
  readonly head: string;
  readonly segments: readonly SnapshotSegment[];
}

/**
 * A page of a snapshot is gone, because another process has saved a newer one meanwhile, or it is damaged. Nothing is
 * lost but time: what was asked of it is in the log.
 */
export class SnapshotLost extends Error {
  override readonly name = 'SnapshotLost';
}

/**
 * The newest snapshot of each stream, shared by all processes of a ledger. All of it can be made again from the log, so
 * a store may be emptied at any time, and may lose what it was given last when the machine fails.
 * Every method @throws StoreUnavailable when the store cannot be reached.
 */
export interface SnapshotStore {
  /** The stream's snapshot as it was saved last; `undefined` when there is none or parts of it are missing. */
  load(stream: string): Promise<StoredSnapshot | undefined>;
  /**
   * Puts a snapshot in the place of the one before. Segments that are stored already are not written again, and those
   * that it does not name are removed. Whoever loads meanwhile gets one of the two, whole.
   * @returns its segments, in their order, as {@link load} would give them: whoever goes on with these need not keep the
   *   pages that were saved
   * @throws SnapshotLost when another process has removed some of its segments, so that it cannot be saved
   */
  save(stream: string, snapshot: StoredSnapshot): Promise<readonly SnapshotSegment[]>;
  close(): Promise<void>;
}
