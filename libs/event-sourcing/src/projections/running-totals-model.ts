import type { Posting, ProjectedEvent, RunningTotalsProjection } from '../projection.js';
import type { Document, DocumentWrite } from '../read-store.js';
import { storedDocument } from '../read-store-rules.js';
import { GenerationCache } from './generation-cache.js';
import { ReadModel, type ReadModelContext, type ReadModelStart } from './read-model.js';
import { storedText } from './stored-size.js';
import { checkPostings, type Row, SubjectRows } from './subject-rows.js';

/** What an event of the page does. */
interface Effect {
  readonly rows: SubjectRows;
  readonly postings: readonly Posting[];
}

/**
 * Running totals, a subject's rows loaded and kept together, since a late fact changes all rows behind its day.
 *
 * Rows that are newer than this model (a batch was cut off, or another runner is ahead) are no ground to go on from: a
 * row between them would start from sums that hold later events. Then the subject's rows are made anew from its stream,
 * as of this model's position; what is written of them from there on loses against what is newer, and ends up the same.
 * Therefore all events of a subject are of one stream.
 */
export class RunningTotalsModel extends ReadModel {
  readonly #cache = new GenerationCache<SubjectRows>();
  readonly #dirty = new Set<SubjectRows>();
  #dirtyRows = 0;
  /** Subjects to load, each with its stream. */
  #missing = new Map<SubjectRows, string>();
  readonly #effects: (Effect | undefined)[] = [];
  readonly #failures = new Map<number, unknown>();

  constructor(
    override readonly projection: RunningTotalsProjection,
    context: ReadModelContext,
    start: ReadModelStart,
  ) {
    super(projection, context, start);
  }

  get dirty(): number {
    return this.#dirtyRows;
  }

  get cacheWeight(): number {
    return this.#cache.weight;
  }

  trim(): void {
    this.#cache.age();
  }

  look(): boolean {
    this.#effects.length = 0;
    this.#failures.clear();
    for (let index = 0; index < this.events.length; index++) {
      try {
        this.#effects.push(this.#effectOf(this.events[index] as ProjectedEvent));
      } catch (error) {
        this.#failures.set(index, error);
        this.#effects.push(undefined);
      }
    }
    return this.#missing.size > 0;
  }

  #effectOf(event: ProjectedEvent): Effect | undefined {
    const postings = this.#postingsOf(event);
    return postings.length === 0 ? undefined : { rows: this.#rowsOf(event), postings };
  }

  #postingsOf(event: ProjectedEvent): readonly Posting[] {
    const postings = this.projection.postings(event);
    checkPostings(postings, this.projection.totals);
    return postings;
  }

  #subjectOf(event: ProjectedEvent): string {
    return storedText(this.projection.subjectOf(event));
  }

  #rowsOf(event: ProjectedEvent): SubjectRows {
    const subject = this.#subjectOf(event);
    const known = this.#cache.get(subject);
    if (known !== undefined) return known;
    const rows = new SubjectRows(subject, this.projection.totals);
    this.#cache.put(subject, rows);
    if (!this.startedFromNothing || this.#cache.mayHaveForgotten(subject)) this.#missing.set(rows, event.stream);
    return rows;
  }

  protected async loadMissing(): Promise<boolean> {
    const missing = this.#missing;
    this.#missing = new Map();
    const stored = await this.#storedRows([...missing.keys()].map(({ subject }) => subject));
    const newer: SubjectRows[] = [];
    for (const rows of missing.keys()) {
      rows.replace(stored.get(rows.subject) ?? []);
      if (rows.newestPosition > this.position) newer.push(rows);
      this.#cache.reweigh(rows, rows.size);
    }
    const streams = new Map<string, Map<string, SubjectRows>>();
    for (const rows of newer) {
      const stream = missing.get(rows) as string;
      const subjects = streams.get(stream) ?? new Map<string, SubjectRows>();
      streams.set(stream, subjects.set(rows.subject, rows));
    }
    for (const [stream, subjects] of streams) await this.#rowsFromStream(stream, subjects);
    return newer.length > 0;
  }

  async #storedRows(subjects: readonly string[]): Promise<Map<string, Row[]>> {
    const { collection, subject, totals } = this.projection;
    const { readStore } = this.context;
    const found = await readStore.find(collection.name, { filter: { [subject]: { in: subjects } } });
    const keys = found.map((document) => [String(document[subject]), BigInt(Number(document.day))] as const);
    // Once more, for their positions; whatever came between is newer than this model, and noticed by them.
    const stored = await readStore.getMany(collection.name, keys);
    const bySubject = new Map<string, Row[]>();
    for (const [index, [name, day]] of keys.entries()) {
      const row = stored[index];
      if (row === undefined) continue;
      const rows = bySubject.get(name) ?? [];
      bySubject.set(name, rows);
      rows.push({
        day: Number(day),
        position: row.position,
        sums: totals.map((total) => BigInt(row.document[total] as bigint)),
      });
    }
    return bySubject;
  }

  /** Makes rows of the stream's events that are in this model already. */
  async #rowsFromStream(stream: string, subjects: ReadonlyMap<string, SubjectRows>): Promise<void> {
    for (const rows of subjects.values()) rows.replace([]);
    for await (const recorded of this.context.eventStore.readStream(stream)) {
      if (recorded.position > this.position) break;
      const event = this.context.registry.upcast(recorded);
      if (!this.projection.events.includes(event.type) || this.isDiscarded(event)) continue;
      const postings = this.#postingsOf(event);
      if (postings.length > 0) subjects.get(this.#subjectOf(event))?.add(postings, event.position);
    }
    for (const rows of subjects.values()) {
      rows.markClean();
      this.#cache.reweigh(rows, rows.size);
    }
  }

  protected override foldEvent(event: ProjectedEvent, index: number, careful: boolean): void {
    if (this.#failures.size > 0 && this.#failures.has(index)) throw this.#failures.get(index);
    const effect = this.#effects[index];
    if (effect === undefined) return;
    const { rows, postings } = effect;
    if (careful) this.#try(rows, postings, event.position);
    const before = rows.dirty;
    rows.add(postings, event.position);
    this.#dirtyRows += rows.dirty - before;
    this.#dirty.add(rows);
  }

  #try(rows: SubjectRows, postings: readonly Posting[], position: bigint): void {
    const trial = new SubjectRows(rows.subject, this.projection.totals);
    trial.replace(rows.rows.map((row) => ({ ...row, sums: row.sums.slice() })));
    trial.add(postings, position);
    for (const row of trial.dirtyRows) {
      const { key, document } = this.#write(rows.subject, row);
      storedDocument(this.projection.collection, key, document);
    }
  }

  collect(documents: DocumentWrite[]): void {
    for (const rows of this.#dirty) {
      for (const row of rows.dirtyRows) documents.push(this.#write(rows.subject, row));
    }
  }

  #write(subject: string, { day, position, sums }: Row): DocumentWrite & { readonly document: Document } {
    const { totals, collection } = this.projection;
    const document: Record<string, bigint> = {};
    for (let total = 0; total < totals.length; total++) document[totals[total] as string] = sums[total] as bigint;
    return { collection: collection.name, key: [subject, BigInt(day)], position, document };
  }

  written(): void {
    for (const rows of this.#dirty) {
      rows.markClean();
      this.#cache.reweigh(rows, rows.size);
    }
    this.#dirty.clear();
    this.#dirtyRows = 0;
  }
}
