import type { DomainEvent, JsonObject, Rejection } from '#event-sourcing';
import type { LedgerSettings } from '../ledger/ledger-settings.js';

/**
 * What a role must hold to send a command or ask a query; `permissions.ts` says which roles hold what (the table of
 * http-api.md).
 */
export type Permission =
  | 'account-commands'
  | 'decisions'
  | 'policy-drafts'
  | 'policy-approvals'
  | 'administration'
  | 'read-models'
  | 'history'
  | 'audit';

/** What a stream is about; its name is `<subject>-<id>`, `settings` for the settings. */
export type Subject = 'account' | 'policy' | 'settings';

/** What the preparation of a command may use: the only place where a command meets a store before it is decided. */
export interface CommandPreparation {
  readonly settings: LedgerSettings;
  /** The instant at which the command was received (ISO 8601, UTC, milliseconds). */
  readonly now: string;
  /** The account (or policy) whose stream the command writes. */
  readonly subjectId: string;
  /**
   * Base units a unit of the currency on a day: the newest rate on or before it, `'1'` for the base currency; a rejection
   * `rate-unknown` where there is none.
   */
  rateOn(currency: string, day: number): Promise<string | Rejection>;
  /**
   * Encrypts a person's text under that person's own key, which is made on first use. The same text of the same person
   * and field always gives the same ciphertext, so that a decider can compare.
   */
  seal(personId: string, field: string, text: string): Promise<string>;
}

/**
 * One command of the ledger: where it goes, who may send it, what form it has. HTTP, imports and the CLI all send
 * commands through their definitions.
 *
 * The decider gets, as `data`, the body's fields, the path's parameters, the id of the thing created, and the date field
 * as an instant in UTC with milliseconds.
 */
export interface CommandDefinition<Body extends object = object> {
  /** The decider's name for it, kebab case: `place-order`. */
  readonly type: string;
  /** One line for the API's page. */
  readonly summary: string;
  /** The class whose class-validator rules the body obeys: the single source of the rules of form. */
  readonly body: new () => Body;
  readonly subject: Subject;
  readonly permission: Permission;
  /** The thing it makes: the field of its id, left out by the client or not, and the prefix of an id made here. The answer is then 201. */
  readonly creates?: { readonly field: string; readonly prefix: string };
  /**
   * What somebody is told who registers an account that is there and that they must not see; without it the decider says it.
   * Asked before anything of the account can be told, such as its revision or what a key was used for.
   */
  taken?(accountId: string): Rejection;
  /** The answer is 201 also without `creates`: what is made has no id of its own, as a version or a transition. */
  readonly makesNew?: boolean;
  /** Parameters of the path that become fields of the data, besides the subject's id. */
  readonly params?: readonly string[];
  /** The field that tells when it was true; default `at`, which may be left out and is then now. */
  readonly dateField?: string;
  /** Completes the data (rates, sealed fields) before it is decided. Left out: the data goes as it came. */
  prepare?(data: JsonObject, preparation: CommandPreparation): Promise<JsonObject | Rejection>;
  /** Members that the answer has besides those of every command, from its events (none: it was so already) and its data. */
  answer?(events: readonly DomainEvent[], data: JsonObject): JsonObject;
  /** A body for the API's page. */
  readonly example: JsonObject;
}

/** Checks a definition's types where it is written. */
export function defineCommand<Body extends object>(definition: CommandDefinition<Body>): CommandDefinition<Body> {
  return definition;
}
