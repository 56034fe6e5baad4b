import { NameFilter } from './name-filter.js';

/** What a {@link GenerationCache} keeps; `weight` is a rough number of bytes. */
export interface Weighed {
  weight: number;
}

/**
 * The entries used last, in two generations: what is looked up moves into the younger one, and {@link age} forgets the
 * older one. So a hit costs one look-up, where a list in order of use would have to be relinked.
 */
export class GenerationCache<Entry extends Weighed> {
  #young = new Map<string, Entry>();
  #old = new Map<string, Entry>();
  #youngWeight = 0;
  #oldWeight = 0;
  #forgotten: NameFilter | undefined;

  /** Rough number of bytes of all entries; an entry in both generations counts twice. */
  get weight(): number {
    return this.#youngWeight + this.#oldWeight;
  }

  /** Whether an entry of the name may have been put in and be gone; false: it certainly was not. */
  mayHaveForgotten(name: string): boolean {
    return this.#forgotten?.mayHave(name) ?? false;
  }

  get(name: string): Entry | undefined {
    const young = this.#young.get(name);
    if (young !== undefined) return young;
    const old = this.#old.get(name);
    if (old !== undefined) this.put(name, old);
    return old;
  }

  put(name: string, entry: Entry): void {
    this.#young.set(name, entry);
    this.#youngWeight += entry.weight;
  }

  /** Of an entry in use. */
  reweigh(entry: Entry, weight: number): void {
    this.#youngWeight += weight - entry.weight;
    entry.weight = weight;
  }

  /** Forgets what was not looked up since the last time; to be called only while no entry waits to be written. */
  age(): void {
    for (const name of this.#old.keys()) {
      if (this.#young.has(name)) continue;
      this.#forgotten ??= new NameFilter();
      this.#forgotten.add(name);
    }
    this.#old = this.#young;
    this.#oldWeight = this.#youngWeight;
    this.#young = new Map();
    this.#youngWeight = 0;
  }
}
