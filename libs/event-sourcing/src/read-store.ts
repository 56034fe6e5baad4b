import type { JsonValue } from './json.js';
import type { ProjectorStore } from './projectors/projector-store.js';

/**
 * How a field of a document is stored. `integer` is a 64-bit integer (a bigint in JavaScript, a Long in MongoDB),
 * `number` a double, `json` anything else; only fields that are not `json` can stand in filters, sorts and indexes.
 */
export type FieldType = 'text' | 'integer' | 'number' | 'boolean' | 'json';
export type FieldValue = string | bigint | number | boolean | null | JsonValue;

/** One collection of the read side. Its fields are all declared; a field that a document leaves out is null. */
export interface CollectionDefinition {
  /** `[a-z][a-z0-9_]*`, at most 48 characters. */
  readonly name: string;
  readonly fields: Readonly<Record<string, FieldType>>;
  /** The fields that make a document's identity, in order; `text` or `integer`, never null. The rows are clustered by them. */
  readonly key: readonly string[];
  readonly indexes?: readonly (readonly string[])[];
}

/** A document: its declared fields. Two documents with equal key fields are the same document. */
export type Document = Readonly<Record<string, FieldValue>>;
export type DocumentKey = readonly (string | bigint)[];

export type Condition =
  | { readonly eq: string | bigint | number | boolean | null }
  | { readonly in: readonly (string | bigint | number)[] }
  | {
      readonly gt?: string | bigint | number;
      readonly gte?: string | bigint | number;
      readonly lt?: string | bigint | number;
      readonly lte?: string | bigint | number;
    }
  /** The text contains this one, ASCII letters compared without case. */
  | { readonly contains: string };

/** All of the conditions hold. Strings compare by UTF-8 bytes; null is below everything and meets no range. */
export type Filter = Readonly<Record<string, Condition>>;

export interface Sort {
  readonly field: string;
  readonly direction: 'asc' | 'desc';
}

export interface FindOptions {
  readonly filter?: Filter;
  /**
   * Only these of the declared fields; default: all. An answer of many documents is as fast as they are narrow. A cursor
   * needs the fields of the sort and of the key.
   */
  readonly fields?: readonly string[];
  /** Fields of type `json` to give as their text, for who looks through many and parses none. */
  readonly asText?: readonly string[];
  /** The key fields that are missing are appended ascending, so that the order is total. Default: the key. */
  readonly sort?: readonly Sort[];
  readonly limit?: number;
  /** Only documents behind this one in the sort's order: the sort fields' values followed by the key's, as {@link cursorOf} makes them. */
  readonly after?: readonly FieldValue[];
}

export interface SumOptions {
  readonly filter?: Filter;
  readonly groupBy: readonly string[];
  /** Fields of type `integer`; the sums are bigints, null counts as 0. */
  readonly sum: readonly string[];
}

export interface LatestOptions {
  readonly filter?: Filter;
  /** As in {@link FindOptions}. */
  readonly fields?: readonly string[];
  /** As in {@link FindOptions}. */
  readonly asText?: readonly string[];
  /** One document a value of these fields, which begin the key … */
  readonly groupBy: readonly string[];
  /** … the one with the greatest value of this, the key's next field, not above `upTo`. */
  readonly by: string;
  readonly upTo: string | bigint;
}

/** One document of a batch, with the position of the newest event in it; `document: null` takes it away. */
export interface DocumentWrite {
  readonly collection: string;
  readonly key: DocumentKey;
  readonly position: bigint;
  readonly document: Document | null;
}

/** How far a projection has got: everything at or before `position` is in its documents. */
export interface Checkpoint {
  /** `<projection>.v<version>`. */
  readonly projection: string;
  readonly position: bigint;
}

/** A stream that a projection stopped at, as a pointer to the event; the events behind it are held back. */
export interface QuarantinedStream {
  readonly projection: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
  readonly eventId: string;
  readonly type: string;
  readonly error: string;
  /** Instant at which it was parked. */
  readonly at: string;
  /** Instant at which somebody asked for it to be tried again; left out: nobody did. */
  readonly redriveRequestedAt?: string;
}

/** A quarantined stream that was gone through again. */
export interface RedrivenStream {
  readonly projection: string;
  readonly stream: string;
  /** The `redriveRequestedAt` that its pointer had when that began: another one came meanwhile, and asks for one more try. */
  readonly requestedAt: string | undefined;
  /** Where it stopped again; null: it is held back no more. */
  readonly parked: QuarantinedStream | null;
}

export interface WriteBatch {
  readonly documents: readonly DocumentWrite[];
  readonly checkpoints: readonly Checkpoint[];
  readonly quarantined?: readonly QuarantinedStream[];
  readonly redriven?: readonly RedrivenStream[];
  /** The projector's session that writes; left out: the writer shares its work with nobody. */
  readonly session?: string;
}

/** A stored document with the position of the newest event in it. */
export interface StoredDocument {
  readonly document: Document;
  readonly position: bigint;
}

/**
 * Where the read models live. Everything in it can be rebuilt from the log.
 * Every method @throws StoreUnavailable when the store cannot be reached.
 */
export interface ReadStore extends ProjectorStore {
  /** Makes the collections and their indexes where they are missing; never changes or drops one. */
  prepare(collections: readonly CollectionDefinition[]): Promise<void>;
  /**
   * Takes collections away with all that is in them, and the checkpoints and quarantined streams of projections, by the
   * names of their checkpoints. What is not there is gone already.
   */
  drop(collections: readonly string[], projections: readonly string[]): Promise<void>;
  /**
   * Writes documents, checkpoints and quarantined streams: in one transaction where the store has them, else documents
   * first, each only if its position is above the stored one's, then the rest. Repeating a batch changes nothing.
   *
   * A batch with a session moves that session's checkpoints only, and is refused as a whole once the session is closed;
   * a store without transactions looks before it writes, and once more with the checkpoints.
   * @throws LeaseLost when the session is not open
   */
  write(batch: WriteBatch): Promise<void>;
  /** In the order of the keys, `undefined` for the ones that are not there. */
  getMany(collection: string, keys: readonly DocumentKey[]): Promise<(StoredDocument | undefined)[]>;
  find(collection: string, options?: FindOptions): Promise<Document[]>;
  /** Groups with the fields of `groupBy` and `sum`, in no order. */
  sumBy(collection: string, options: SumOptions): Promise<Document[]>;
  latestBy(collection: string, options: LatestOptions): Promise<Document[]>;
  count(collection: string, filter?: Filter): Promise<number>;
  /**
   * By projection; none for one that has nothing yet. What was written without a session holds for all partitions; of
   * what a generation's sessions have written, the least holds, where all of them have one. The greater of both is given.
   * @param session its own checkpoints instead of its generation's
   */
  checkpoints(session?: string): Promise<Checkpoint[]>;
  quarantined(): Promise<QuarantinedStream[]>;
  /** Asks for a quarantined stream to be tried again; whether there is one. */
  requestRedrive(projection: string, stream: string, at: string): Promise<boolean>;
  /** Resolves when the store answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The cursor that stands for a document in a sort's order. */
export function cursorOf(definition: CollectionDefinition, sort: readonly Sort[], document: Document): FieldValue[] {
  return totalOrder(definition, sort).map(({ field }) => document[field] ?? null);
}

/** The sort, completed by the key fields it does not name. */
export function totalOrder(definition: CollectionDefinition, sort: readonly Sort[] = []): Sort[] {
  const named = new Set(sort.map(({ field }) => field));
  return [
    ...sort,
    ...definition.key.filter((field) => !named.has(field)).map((field): Sort => ({ field, direction: 'asc' })),
  ];
}
