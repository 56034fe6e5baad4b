import type { DocumentProjection, ProjectedEvent } from '../projection.js';
import type { Document, DocumentKey, DocumentWrite } from '../read-store.js';
import { storedDocument, storedKey } from '../read-store-rules.js';
import { GenerationCache, type Weighed } from './generation-cache.js';
import { ReadModel, type ReadModelContext, type ReadModelStart } from './read-model.js';
import { removalMark, removalsOf } from './removed-documents.js';
import { roughSize, storedText } from './stored-size.js';

/** A document, or the absence of one, as of the newest event in it. */
interface Entry extends Weighed {
  readonly name: string;
  readonly key: DocumentKey;
  document: Document | undefined;
  position: bigint;
  dirty: boolean;
}

const ENTRY_SIZE = 200;
const KEY_SEPARATOR = '\0';
/** From so many documents on they are written in the order of their keys. */
const MANY = 1_000;
/** Fewer changes a document than this say that most documents are changed once. */
const SETTLED_FOLDS = 1.25;

/**
 * Documents that each are a fold. Every event is folded once into each: a document whose position is not before the
 * event's has it already, for it was written by a batch that was cut off or by another runner.
 *
 * What a model that began with the log's first event does not have in its cache, and never had, is not there, and is not
 * read: what the store holds then, if anything, is of the same making and as new or newer.
 */
export class DocumentModel extends ReadModel {
  readonly #cache = new GenerationCache<Entry>();
  #dirty: Entry[] = [];
  /** Changes of documents since the last write. */
  #folds = 0;
  #missing: Entry[] = [];
  /** The entries of the page's events, one event's behind the other's … */
  readonly #entries: Entry[] = [];
  /** … and where each event's end. */
  readonly #ends: number[] = [];
  readonly #failures = new Map<number, unknown>();
  readonly #folded: (Document | undefined)[] = [];

  constructor(
    override readonly projection: DocumentProjection,
    context: ReadModelContext,
    start: ReadModelStart,
  ) {
    super(projection, context, start);
  }

  get dirty(): number {
    return this.#dirty.length;
  }

  override get isSettled(): boolean {
    return this.projection.writtenLast !== true && this.#folds < SETTLED_FOLDS * this.#dirty.length;
  }

  get cacheWeight(): number {
    return this.#cache.weight;
  }

  trim(): void {
    this.#cache.age();
  }

  look(careful: boolean): boolean {
    this.#entries.length = 0;
    this.#ends.length = 0;
    this.#failures.clear();
    for (let index = 0; index < this.events.length; index++) {
      try {
        const keys = this.projection.keys(this.events[index] as ProjectedEvent, this.partitions[index] as number);
        if (careful) for (const key of keys) storedKey(this.projection.collection, key);
        for (let each = 0; each < keys.length; each++) this.#entries.push(this.#entry(keys[each] as DocumentKey));
      } catch (error) {
        this.#failures.set(index, error);
      }
      this.#ends.push(this.#entries.length);
    }
    return this.#missing.length > 0;
  }

  #entry(key: DocumentKey): Entry {
    const name = nameOf(key);
    const known = this.#cache.get(name);
    if (known !== undefined) return known;
    const entry = { name, key, document: undefined, position: 0n, dirty: false, weight: ENTRY_SIZE };
    this.#cache.put(name, entry);
    if (!this.startedFromNothing || this.#cache.mayHaveForgotten(name)) this.#missing.push(entry);
    return entry;
  }

  protected async loadMissing(): Promise<boolean> {
    const missing = this.#missing;
    this.#missing = [];
    const { readStore } = this.context;
    const { name } = this.projection.collection;
    const keys = missing.map(({ key }) => key);
    const stored = await readStore.getMany(name, keys);
    for (const [index, entry] of missing.entries()) {
      const found = stored[index];
      if (found === undefined) continue;
      entry.document = found.document;
      entry.position = found.position;
      this.#weigh(entry);
    }
    const removals = await removalsOf(readStore, name, keys);
    if (removals !== undefined) {
      for (const [index, entry] of missing.entries()) this.#applyRemoval(entry, removals[index]);
    }
    return missing.some(({ position }) => position > this.position);
  }

  #applyRemoval(entry: Entry, position: bigint | undefined): void {
    if (position === undefined || position <= entry.position) return;
    // Its mark was stored, but it was not taken away yet.
    if (entry.document !== undefined) this.#soil(entry);
    entry.document = undefined;
    entry.position = position;
  }

  protected override foldEvent(event: ProjectedEvent, index: number, careful: boolean): void {
    if (this.#failures.size > 0 && this.#failures.has(index)) throw this.#failures.get(index);
    const start = index === 0 ? 0 : (this.#ends[index - 1] as number);
    const end = this.#ends[index] as number;
    if (end - start === 1) {
      const entry = this.#entries[start] as Entry;
      if (entry.position < event.position) this.#change(entry, this.#after(entry, event, careful), event.position);
      return;
    }
    // All of an event's documents or none: nothing changes before the last fold has succeeded.
    for (let each = start; each < end; each++) {
      const entry = this.#entries[each] as Entry;
      this.#folded[each - start] =
        entry.position < event.position ? this.#after(entry, event, careful) : entry.document;
    }
    for (let each = start; each < end; each++) {
      this.#change(this.#entries[each] as Entry, this.#folded[each - start], event.position);
    }
  }

  #after(entry: Entry, event: ProjectedEvent, careful: boolean): Document | undefined {
    const document = this.projection.fold(entry.document, event, entry.key) ?? undefined;
    if (careful) storedDocument(this.projection.collection, entry.key, document ?? {});
    return document;
  }

  #change(entry: Entry, document: Document | undefined, position: bigint): void {
    if (document === entry.document) return;
    entry.document = document;
    entry.position = position;
    this.#soil(entry);
  }

  #soil(entry: Entry): void {
    this.#folds += 1;
    if (entry.dirty) return;
    entry.dirty = true;
    this.#dirty.push(entry);
  }

  collect(documents: DocumentWrite[], removals: DocumentWrite[]): void {
    const collection = this.projection.collection.name;
    // In the order of the keys, in which a store that clusters its rows by them writes the least.
    if (this.#dirty.length >= MANY) this.#dirty.sort(byName);
    for (const { key, position, document } of this.#dirty) {
      const write = { collection, key, position, document: document ?? null };
      documents.push(write);
      if (document === undefined) removals.push(removalMark(write));
    }
  }

  written(): void {
    for (const entry of this.#dirty) {
      entry.dirty = false;
      this.#weigh(entry);
    }
    this.#dirty = [];
    this.#folds = 0;
  }

  #weigh(entry: Entry): void {
    this.#cache.reweigh(entry, ENTRY_SIZE + roughSize(entry.document));
  }
}

function byName(a: Entry, b: Entry): number {
  return a.name < b.name ? -1 : 1;
}

function nameOf(key: DocumentKey): string {
  let name = '';
  for (let index = 0; index < key.length; index++) {
    const part = key[index];
    const text = typeof part === 'string' ? storedText(part) : String(part);
    name = index === 0 ? text : name + KEY_SEPARATOR + text;
  }
  return name;
}
