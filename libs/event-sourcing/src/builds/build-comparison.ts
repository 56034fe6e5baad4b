import type { JsonValue } from '../json.js';
import { type CollectionDefinition, cursorOf, type Document, type DocumentKey, type ReadStore } from '../read-store.js';
import { DocumentsDigest, documentHash, documentText, keyOf, plain, sharedFields } from './document-text.js';
import { SettledDocuments, type SettledPair } from './settled-documents.js';

/** A collection that a projector keeps, and the name of its checkpoint. */
export interface ComparedBuild {
  readonly collection: CollectionDefinition;
  readonly checkpoint: string;
}

/** Two builds of one projection: the one that serves and the one that was made. */
export interface ComparedBuilds {
  /** Name of the projection. */
  readonly name: string;
  readonly live: ComparedBuild;
  readonly made: ComparedBuild;
}

/** One thing in which the builds differ. Integers are texts; long texts are cut. */
export interface Difference {
  readonly projection: string;
  readonly key: readonly string[];
  /** The field that differs; null: the document is in one of them only, or `unsettled`. */
  readonly field: string | null;
  readonly live: JsonValue;
  readonly made: JsonValue;
}

export interface ComparedProjection {
  readonly name: string;
  /** The documents compared on each side. */
  readonly documents: { readonly live: number; readonly made: number };
  /** Of the documents on each side, over the fields that both have; see {@link DocumentsDigest}. */
  readonly digests: { readonly live: string; readonly made: string };
  /** So many documents differ. */
  readonly differing: number;
}

export interface ComparisonOptions {
  readonly readStore: Pick<ReadStore, 'find' | 'getMany' | 'checkpoints'>;
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  readonly signal: AbortSignal;
  /** Gets each difference; so many are made of one document as it has fields that differ. */
  onDifference(difference: Difference): void;
  /** Told after each page, with the number of documents gone through so far. */
  onProgress?(documents: number): void;
}

const PAGE = 1_000;
const LONGEST_TEXT = 200;
/** Stands for a document that is not there. */
const ABSENT = 'absent';

/**
 * Compares two builds that are both being kept, document by document. What differs only because one is further than the
 * other is looked at again until both are at the same event. Memory is bound by a page.
 *
 * Documents that are made on both sides while this runs may be left out of counts and digests.
 * @throws StoreUnavailable; the signal's reason when it is aborted
 */
export async function compareBuilds(builds: ComparedBuilds, options: ComparisonOptions): Promise<ComparedProjection> {
  const comparison = new Comparison(builds, options);
  for await (const documents of comparison.pagesOf(builds.live)) await comparison.compareWithMade(documents);
  for await (const documents of comparison.pagesOf(builds.made)) await comparison.compareWhatIsNotLive(documents);
  return comparison.result();
}

class Comparison {
  readonly #builds: ComparedBuilds;
  readonly #options: ComparisonOptions;
  readonly #fields: readonly string[];
  readonly #live = new DocumentsDigest();
  readonly #made = new DocumentsDigest();
  #differing = 0;
  #seen = 0;

  constructor(builds: ComparedBuilds, options: ComparisonOptions) {
    this.#builds = builds;
    this.#options = options;
    this.#fields = sharedFields(builds.live.collection, builds.made.collection);
  }

  async *pagesOf({ collection }: ComparedBuild): AsyncGenerator<readonly Document[]> {
    const { readStore, signal, sleep, onProgress } = this.#options;
    let after: ReturnType<typeof cursorOf> | undefined;
    for (;;) {
      signal.throwIfAborted();
      const options = after === undefined ? { limit: PAGE } : { limit: PAGE, after };
      const documents = await readStore.find(collection.name, options);
      if (documents.length > 0) yield documents;
      this.#seen += documents.length;
      onProgress?.(this.#seen);
      // A store that answers at once would leave no turn to signs of life, signals and other work of this thread.
      await sleep(0, signal);
      const last = documents.at(-1);
      if (last === undefined || documents.length < PAGE) return;
      after = cursorOf(collection, [], last);
    }
  }

  /** Every live document, with the made one of its key. */
  async compareWithMade(documents: readonly Document[]): Promise<void> {
    const { live, made } = this.#builds;
    const keys = documents.map((document) => keyOf(live.collection, document));
    const stored = await this.#options.readStore.getMany(made.collection.name, keys);
    const open: DocumentKey[] = [];
    for (const [index, document] of documents.entries()) {
      const other = stored[index]?.document;
      const text = documentText(this.#fields, document);
      if (other === undefined || text !== documentText(this.#fields, other)) open.push(keys[index] ?? []);
      else this.#addToBoth(text);
    }
    await this.#settle(open);
  }

  /** Of the made documents only those without a live one: the others were compared already. */
  async compareWhatIsNotLive(documents: readonly Document[]): Promise<void> {
    const { live, made } = this.#builds;
    const keys = documents.map((document) => keyOf(made.collection, document));
    const stored = await this.#options.readStore.getMany(live.collection.name, keys);
    await this.#settle(keys.filter((_, index) => stored[index] === undefined));
  }

  async #settle(keys: readonly DocumentKey[]): Promise<void> {
    if (keys.length === 0) return;
    const { readStore, signal, sleep } = this.#options;
    const settled = new SettledDocuments(this.#builds, this.#fields, { readStore, sleep, signal });
    for await (const pair of settled.pairs(keys)) this.#take(pair);
  }

  #take({ key, live, made, unsettled }: SettledPair): void {
    const { name } = this.#builds;
    const texts = [live, made].map((each) => each && documentText(this.#fields, each));
    const [liveText, madeText] = texts;
    if (liveText !== undefined) this.#live.add(documentHash(liveText));
    if (madeText !== undefined) this.#made.add(documentHash(madeText));
    if (liveText === madeText) return;
    this.#differing += 1;
    const about = { projection: name, key: key.map(String) };
    if (live === undefined || made === undefined || unsettled) {
      const side = (document: Document | undefined) =>
        document === undefined ? ABSENT : unsettled ? 'moving' : 'there';
      this.#options.onDifference({ ...about, field: null, live: side(live), made: side(made) });
      return;
    }
    for (const field of this.#fields) {
      const [ours, theirs] = [plain(live[field] ?? null), plain(made[field] ?? null)];
      if (JSON.stringify(ours) === JSON.stringify(theirs)) continue;
      this.#options.onDifference({ ...about, field, live: shown(ours), made: shown(theirs) });
    }
  }

  #addToBoth(text: string): void {
    const hash = documentHash(text);
    this.#live.add(hash);
    this.#made.add(hash);
  }

  result(): ComparedProjection {
    return {
      name: this.#builds.name,
      documents: { live: this.#live.count, made: this.#made.count },
      digests: { live: this.#live.text, made: this.#made.text },
      differing: this.#differing,
    };
  }
}

function shown(value: JsonValue): JsonValue {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length <= LONGEST_TEXT) return value;
  return `${text.slice(0, LONGEST_TEXT)}…`;
}
