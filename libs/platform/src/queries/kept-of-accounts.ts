import { LRUCache } from 'lru-cache';
import type { ReadStore } from '#event-sourcing';
import type { AccountChanges } from './account-directory.js';
import type { ReadProgress } from './read-progress.js';

/** Where more accounts than this have changed, reading all of them is not much slower. */
const MANY_CHANGES = 2_000;
/** However little each takes. */
const MOST_KEPT = 500;

/** How something is made of all accounts, or of many, and kept up with them. */
export interface MadeOfAccounts<Asked, Made extends object> {
  /** What is asked for under one name is the same thing. */
  name(asked: Asked): string;
  make(asked: Asked): Promise<Made>;
  /** What it is once these accounts may have changed; the same object where they have not. Leaves the one before as it was. */
  renew(before: Made, changed: readonly string[], asked: Asked): Promise<Made>;
  /** How much memory it takes, in any unit. */
  size(made: Made): number;
  /** So much is kept at most, in all that is made; what is larger is made anew for each question. */
  readonly maxSize: number;
}

/** Where the read models are, and which accounts have changed. */
export interface AccountMoves {
  readonly readStore: Pick<ReadStore, 'quarantined'>;
  readonly changes: Pick<AccountChanges, 'changedAfter'>;
  readonly progress: Pick<ReadProgress, 'projectionPositions'>;
}

/** Where the read models were at a moment. */
interface ReadModelState {
  /** Every event at or before it was in all of them. */
  readonly position: bigint;
  /** Which builds of the read models they are. */
  readonly builds: string;
  /** All of their positions: while this stays the same, so do they. */
  readonly positions: string;
  /**
   * The streams held back, and from which event on. One that is tried again later changes read models that had its
   * events behind them, also where it stops again further on.
   */
  readonly heldBack: string;
}

interface Kept<Made> {
  readonly state: ReadModelState;
  readonly made: Made;
}

/**
 * Keeps in memory what is made of many accounts. As the read models move on, only the accounts with newer events are read
 * again.
 */
export class KeptOfAccounts<Asked, Made extends object> {
  readonly #moves: AccountMoves;
  readonly #of: MadeOfAccounts<Asked, Made>;
  readonly #kept: LRUCache<string, Kept<Made>>;
  readonly #pending = new Map<string, Promise<Made>>();

  constructor(moves: AccountMoves, of: MadeOfAccounts<Asked, Made>) {
    this.#moves = moves;
    this.#of = of;
    this.#kept = new LRUCache({
      max: MOST_KEPT,
      maxSize: of.maxSize,
      sizeCalculation: ({ made }) => of.size(made) + 1,
    });
  }

  /** The same object as long as nothing has changed in it. Questions that come while it is being made wait for it. */
  async at(asked: Asked): Promise<Made> {
    // Before anything is read: what is kept under a state of the read models is of that state or newer.
    const state = await this.#state();
    const name = this.#of.name(asked);
    const kept = this.#kept.get(name);
    if (kept !== undefined && isSame(kept.state, state)) return kept.made;
    const key = `${name} ${state.positions} ${state.heldBack}`;
    return this.#pending.get(key) ?? this.#begin(key, name, state, kept, asked);
  }

  #begin(key: string, name: string, state: ReadModelState, kept: Kept<Made> | undefined, asked: Asked): Promise<Made> {
    const pending = this.#make(state, kept, asked)
      .then((made) => {
        this.#kept.set(name, { state, made });
        return made;
      })
      .finally(() => this.#pending.delete(key));
    this.#pending.set(key, pending);
    return pending;
  }

  async #make(state: ReadModelState, kept: Kept<Made> | undefined, asked: Asked): Promise<Made> {
    const changed = kept === undefined ? undefined : await this.#changed(kept.state, state);
    if (kept === undefined || changed === undefined) return this.#of.make(asked);
    return changed.length === 0 ? kept.made : this.#of.renew(kept.made, changed, asked);
  }

  /** The accounts that may have changed since; `undefined`: all of them. */
  async #changed(before: ReadModelState, now: ReadModelState): Promise<readonly string[] | undefined> {
    if (before.builds !== now.builds || before.heldBack !== now.heldBack) return undefined;
    if (before.position > now.position) return undefined;
    return this.#moves.changes.changedAfter(before.position, MANY_CHANGES);
  }

  async #state(): Promise<ReadModelState> {
    const { progress, readStore } = this.#moves;
    const [each, heldBack] = await Promise.all([progress.projectionPositions(), readStore.quarantined()]);
    return {
      position: each.reduce((least, { position }) => (position < least ? position : least), each[0]?.position ?? 0n),
      builds: each.map(({ checkpoint }) => checkpoint).join(' '),
      positions: each.map(({ checkpoint, position }) => `${checkpoint}@${position}`).join(' '),
      heldBack: heldBack.map(({ projection, stream, revision }) => `${projection} ${stream}@${revision}`).join('\n'),
    };
  }
}

function isSame(a: ReadModelState, b: ReadModelState): boolean {
  return a.positions === b.positions && a.heldBack === b.heldBack;
}
