import { Command } from '@nestjs/cqrs';
import type { JsonObject } from '#event-sourcing';
import type { CommandDefinition } from './command-definition.js';

/** Where a command came from, and what it brings besides its body. */
export interface CommandEnvelope {
  readonly actor: string;
  readonly role: string;
  /** Set when the key belongs to a member of a team: only the accounts whose team holds that member may be changed. */
  readonly member?: string;
  /** `http`, `import`, `cli`, `system` */
  readonly source: string;
  readonly correlationId: string;
  /** W3C trace context of the request, where it is traced. */
  readonly traceparent?: string;
  readonly idempotencyKey?: string;
  /** `If-Match`: the stream must be at this revision. */
  readonly expectedRevision?: number;
  /** Instant at which it was received: ISO 8601, UTC, milliseconds. */
  readonly receivedAt: string;
}

/** What became of a command that was taken. */
export interface CommandReceipt {
  /** The id of the stream's subject under its name, and the id of the thing made under its own: `{accountId, orderId}`. */
  readonly ids: Readonly<Record<string, string>>;
  /** Of the stream, after the command. */
  readonly revision: number;
  /** Of the stream's newest event. */
  readonly position: bigint;
  /** None when all of it was so already. */
  readonly events: readonly { readonly eventId: string; readonly type: string }[];
  /** Whether this is the answer to an earlier command with the same idempotency key. */
  readonly replayed: boolean;
  /** Members that the definition adds: see {@link CommandDefinition.answer}. */
  readonly more?: JsonObject;
}

/** A command on its way over the command bus, its body checked. Resolves to its receipt; a refusal throws a Problem. */
export class LedgerCommand extends Command<CommandReceipt> {
  constructor(
    readonly definition: CommandDefinition,
    /** The subject's id under its name (`accountId`), and the definition's `params`. */
    readonly params: Readonly<Record<string, string>>,
    readonly body: JsonObject,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** Where commands are sent, whoever sends them: HTTP, an import, the CLI. */
export interface CommandSender {
  /**
   * Resolves when the command's events are durable.
   * @throws Problem when it is refused, or cannot be settled now (503)
   */
  send(command: LedgerCommand): Promise<CommandReceipt>;
}
