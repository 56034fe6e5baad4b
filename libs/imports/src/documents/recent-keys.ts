/**
 * Remembers at least the newest `capacity` texts that were put in (at most twice as many), so that memory stays bounded
 * whatever the length of a file.
 */
export class RecentKeys<Value> {
  #newer = new Map<string, Value>();
  #older = new Map<string, Value>();

  constructor(private readonly capacity: number) {}

  get(key: string): Value | undefined {
    return this.#newer.get(key) ?? this.#older.get(key);
  }

  set(key: string, value: Value): void {
    if (this.#newer.size >= this.capacity && !this.#newer.has(key)) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(key, value);
  }

  delete(key: string): void {
    this.#newer.delete(key);
    this.#older.delete(key);
  }
}
