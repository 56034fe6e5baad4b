import type { JsonObject } from '../json.js';
import type { CollectionDefinition, ReadStore } from '../read-store.js';

/** What is kept about the read models beside them: a document each. */
export const READ_MODEL_STATE: CollectionDefinition = {
  // No projection's: those end with their version.
  name: 'read_model_state',
  fields: { id: 'text', state: 'json', changes: 'json' },
  key: ['id'],
};

/** So many of the newest changes are known by name. */
const REMEMBERED_CHANGES = 32;

export interface StateDocumentOptions {
  readonly readStore: Pick<ReadStore, 'prepare' | 'write' | 'getMany'>;
  /** A name that nobody else gives. */
  newId(): string;
}

/**
 * One document that several processes change, each change made of the state before it: two changes at a time never make
 * one out of the other's state, and every reader sees a change wholly or not at all, on any read store.
 *
 * A store keeps the document of the greatest position and drops what comes with the same. So a change is written one
 * position further, under a name of its own, and read again: whoever finds its name was the one.
 */
export class StateDocument<State extends object> {
  readonly #options: StateDocumentOptions;
  readonly #id: string;
  readonly #initial: State;
  #prepared: Promise<void> | undefined;

  constructor(id: string, initial: State, options: StateDocumentOptions) {
    this.#id = id;
    this.#initial = initial;
    this.#options = options;
  }

  /** @throws StoreUnavailable */
  async read(): Promise<State> {
    return (await this.#stored()).state;
  }

  /**
   * Changes the state, as often as it takes until nobody came between.
   * @param step gives the state after, or undefined to leave it; called again for each newer state. Pure.
   * @returns the state as it is then
   * @throws StoreUnavailable, after which the change may be made or not; whatever `step` throws, with nothing changed
   */
  async change(step: (state: State) => State | undefined): Promise<State> {
    const name = this.#options.newId();
    for (;;) {
      const { state, position, changes } = await this.#stored();
      if (changes.includes(name)) return state;
      const next = step(state);
      if (next === undefined) return state;
      const document = {
        id: this.#id,
        state: next as JsonObject,
        changes: [...changes, name].slice(-REMEMBERED_CHANGES),
      };
      const write = { collection: READ_MODEL_STATE.name, key: [this.#id], position: position + 1n, document };
      await this.#options.readStore.write({ documents: [write], checkpoints: [] });
    }
  }

  async #stored(): Promise<{ state: State; position: bigint; changes: readonly string[] }> {
    const { readStore } = this.#options;
    this.#prepared ??= readStore.prepare([READ_MODEL_STATE]).catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    await this.#prepared;
    const [stored] = await readStore.getMany(READ_MODEL_STATE.name, [[this.#id]]);
    if (stored === undefined) return { state: this.#initial, position: 0n, changes: [] };
    const { state, changes } = stored.document;
    return { state: state as State, position: stored.position, changes: changes as readonly string[] };
  }
}
