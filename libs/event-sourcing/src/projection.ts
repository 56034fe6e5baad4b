import type { RecordedEvent } from './event.js';
import type { CollectionDefinition, Document, DocumentKey } from './read-store.js';

/** An event as a fold sees it: upcast to its newest version. */
export type ProjectedEvent = RecordedEvent;

/** A projection whose documents each are a fold over events. */
export interface DocumentProjection {
  readonly kind: 'documents';
  /** `[a-z][a-z0-9-]*`; also names its checkpoint, as `<name>.v<version>`. */
  readonly name: string;
  /** Raised with every change of the fold or the collection: a new version starts from an empty collection. */
  readonly version: number;
  /** Which making of this version it is, left out for the first: see {@link buildOf}. */
  readonly build?: number;
  /** Named `<name>_v<version>`, dashes as underscores: build projections with {@link documents}. */
  readonly collection: CollectionDefinition;
  /** Wire names of the events it takes, in their newest version. */
  readonly events: readonly string[];
  /**
   * Whether its documents are written after those of all others: what one says of the events that are known is then true
   * of the others, too.
   */
  readonly writtenLast?: boolean;
  /**
   * The documents that this event changes. Their keys begin with the event's stream or account id, or with the logical
   * partition, so that no document is written from two partitions.
   */
  keys(event: ProjectedEvent, partition: number): readonly DocumentKey[];
  /**
   * The document after the event; null takes it away, the same object leaves it as it is. Pure: no clock, no chance, no
   * other document.
   * @throws anything for an event it cannot take: the stream is quarantined
   */
  fold(document: Document | undefined, event: ProjectedEvent, key: DocumentKey): Document | null;
}

/** What one event adds on one day. */
export interface Posting {
  /** Days since 1970-01-01. */
  readonly day: number;
  readonly amounts: Readonly<Record<string, bigint>>;
}

/**
 * A projection that keeps running totals a subject and day: the row of a day holds the sums of everything on or before
 * it, so a window is the difference of two rows. A late fact rewrites the rows behind it.
 * Its collection is `{<subject>: text, day: integer, <each total>: integer}`, its key subject and day.
 */
export interface RunningTotalsProjection {
  readonly kind: 'running-totals';
  readonly name: string;
  readonly version: number;
  readonly build?: number;
  readonly collection: CollectionDefinition;
  readonly events: readonly string[];
  readonly subject: string;
  readonly totals: readonly string[];
  subjectOf(event: ProjectedEvent): string;
  postings(event: ProjectedEvent): readonly Posting[];
}

/** A projection of documents; its collection gets its name from the projection's and the version. */
export function documents(
  projection: Omit<DocumentProjection, 'kind' | 'collection'> & {
    readonly collection: Omit<CollectionDefinition, 'name'>;
  },
): DocumentProjection {
  return {
    ...projection,
    kind: 'documents',
    collection: { ...projection.collection, name: collectionName(projection) },
  };
}

/** A projection of running totals of `totals` by `subject` and day. */
export function runningTotals(
  projection: Omit<RunningTotalsProjection, 'kind' | 'collection'>,
): RunningTotalsProjection {
  const fields = Object.fromEntries(projection.totals.map((total) => [total, 'integer' as const]));
  return {
    ...projection,
    kind: 'running-totals',
    collection: {
      name: collectionName(projection),
      fields: { [projection.subject]: 'text', day: 'integer', ...fields },
      key: [projection.subject, 'day'],
    },
  };
}

function collectionName({ name, version }: Pick<Projection, 'name' | 'version'>): string {
  return `${name.replaceAll('-', '_')}_v${version}`;
}

export type Projection = DocumentProjection | RunningTotalsProjection;

/** The name under which a version is known, whichever build of it serves. */
export function versionName({ name, version }: Pick<Projection, 'name' | 'version'>): string {
  return `${name}.v${version}`;
}

/** The name under which a build's checkpoint is kept: the version's for the first one. */
export function checkpointName(projection: Pick<Projection, 'name' | 'version' | 'build'>): string {
  const { build = 1 } = projection;
  return build === 1 ? versionName(projection) : `${versionName(projection)}.b${build}`;
}

/**
 * Whether documents of the projection hold events of several streams: those whose keys begin with the logical partition.
 * What one stream adds to such a document cannot be made anew by itself.
 */
export function spansStreams({ kind, collection }: Projection): boolean {
  return kind === 'documents' && collection.fields[collection.key[0] ?? ''] === 'integer';
}
