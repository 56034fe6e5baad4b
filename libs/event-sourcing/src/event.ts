import type { JsonObject } from './json.js';

/**
 * A fact as a decider produces it and a fold reads it: always in its newest version.
 * `type` is the wire name with its version (`order-placed.v1`), never a class name.
 */
export interface DomainEvent<Type extends string = string, Data extends object = JsonObject> {
  readonly type: Type;
  readonly data: Data;
  /** When the fact was true: ISO 8601 in UTC with milliseconds. */
  readonly occurredAt: string;
}

/** What stands beside every event's data; the names with `$` are those that EventStoreDB's own projections know. */
export interface EventMetadata {
  readonly $correlationId: string;
  readonly $causationId: string;
  /** The idempotency key of the command, or the id of the command when it had none. */
  readonly commandId: string;
  /** Hash of the request, on the first event of a command that came with an idempotency key. */
  readonly requestHash?: string;
  readonly actor: string;
  readonly role: string;
  /** Where the command came from: `http`, `import`, `cli`, `system`. */
  readonly source: string;
  /** W3C trace context of the command, where it was traced: what is made of the event is linked to it. */
  readonly traceparent?: string;
  readonly occurredAt: string;
  /** When the ledger learned it: ISO 8601 in UTC, never earlier than that of the stream's event before. */
  readonly recordedAt: string;
  /** Version of this metadata's form. */
  readonly schema: 1;
  /** `hash` of the stream's event before; empty for the first. */
  readonly prevHash: string;
  /** SHA-256, see hash-chain.ts. */
  readonly hash: string;
}

/** An event's own part, wherever it is. */
interface EventContent {
  /** UUID. */
  readonly id: string;
  readonly type: string;
  readonly data: JsonObject;
  readonly metadata: EventMetadata;
}

/** An event ready to be stored: `data` and `metadata` are canonical (see json.ts). */
export interface EventToAppend extends EventContent {
  /** What `JSON.stringify` gives for `data` and for `metadata`, where that is known already: it need not be made again. */
  readonly texts?: EventTexts;
}

export interface EventTexts {
  readonly data: string;
  readonly metadata: string;
}

/** The texts in which an event is stored. */
export function eventTexts({ data, metadata, texts }: EventToAppend): EventTexts {
  return texts ?? { data: JSON.stringify(data), metadata: JSON.stringify(metadata) };
}

/** An event as the store gives it back: in the version in which it was written. */
export interface RecordedEvent extends EventContent {
  readonly stream: string;
  /** Place in the stream, from 0. */
  readonly revision: number;
  /** Place in the whole log; only its order means anything. */
  readonly position: bigint;
}

/** The id in the name of an event's stream, `<subject>-<id>`: `acme` of `account-acme`. */
export function subjectIdOf({ stream }: Pick<RecordedEvent, 'stream'>): string {
  return stream.slice(stream.indexOf('-') + 1);
}
