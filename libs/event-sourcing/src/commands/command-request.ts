import type { Command, CommandContext, Rejection } from '../decider.js';
import type { JsonObject } from '../json.js';

/** What may be looked at of a stream before a command is decided. */
export interface StreamView {
  /** -1 for a stream without events. */
  readonly revision: number;
  /** The state of the decider of that name. @throws Error when the stream's subject has none */
  state(decider: string): unknown;
}

/** A command on its way into a stream. */
export interface CommandRequest {
  readonly stream: string;
  readonly command: Command<string, object>;
  readonly context: CommandContext;
  /** Scoped to the stream; with it the same request is taken once. */
  readonly idempotencyKey?: string;
  /** Hash of the request, to tell a repeated request from another one with the same key; with an idempotency key only. */
  readonly requestHash?: string;
  /** Id of this request. */
  readonly requestId: string;
  readonly correlationId: string;
  readonly source: string;
  /** W3C trace context of a traced command; at most 55 characters. */
  readonly traceparent?: string;
  /** The stream must be at this revision. */
  readonly expectedRevision?: number;
  /** Asked before the idempotency key is looked up and before the decider; what it gives is the answer. */
  guard?(view: StreamView): Rejection | undefined;
}

/** An event of a command as it was stored. */
export interface StoredCommandEvent {
  readonly eventId: string;
  readonly type: string;
  readonly data: JsonObject;
  readonly occurredAt: string;
}

export type CommandOutcome =
  | {
      readonly outcome: 'accepted';
      /** Of the stream after the command's last event; of the stream as it is when there is none. */
      readonly revision: number;
      readonly position: bigint;
      /** None when all of it was so already. */
      readonly events: readonly StoredCommandEvent[];
      /** Whether it is the answer to an earlier request with the same key. */
      readonly replayed: boolean;
    }
  | { readonly outcome: 'rejected'; readonly rejection: Rejection }
  /** The key was used by a request with another content. */
  | { readonly outcome: 'key-reused' }
  | { readonly outcome: 'revision-mismatch'; readonly revision: number };

/** Other processes wrote the stream each time before this one could; nothing was appended. */
export class Contended extends Error {
  override readonly name = 'Contended';
}
