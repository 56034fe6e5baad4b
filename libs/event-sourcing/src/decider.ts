import type { DomainEvent } from './event.js';
import type { JsonObject } from './json.js';
import type { SnapshotForm } from './snapshots/snapshot-form.js';

/** Why a command is refused. A value, never thrown. */
export interface Rejection {
  readonly rejected: true;
  /**
   * `rule`: a rule says no · `not-found`: what it speaks of is not there · `conflict`: the id is taken by something else ·
   * `forbidden`: this actor may not.
   */
  readonly kind: 'rule' | 'not-found' | 'conflict' | 'forbidden';
  /** Kebab case, part of the API. */
  readonly code: string;
  /** One sentence for a person. */
  readonly message: string;
  /** What belongs to the code, such as the unmet guards. */
  readonly details?: JsonObject;
}

export function reject(kind: Rejection['kind'], code: string, message: string, details?: JsonObject): Rejection {
  return details === undefined
    ? { rejected: true, kind, code, message }
    : { rejected: true, kind, code, message, details };
}

export function isRejection(decision: Decision): decision is Rejection {
  return 'rejected' in decision;
}

/** New facts; none when the command asks for what is so already. */
export type Decision = readonly DomainEvent[] | Rejection;

/** What comes with a command besides its data. */
export interface CommandContext {
  /** The instant at which it was received: ISO 8601 in UTC with milliseconds. */
  readonly now: string;
  readonly actor: string;
  readonly role: string;
  /** Set when the actor's key belongs to a member of a team. */
  readonly member?: string;
}

/** What somebody wants done: `type` in kebab case (`place-order`), `data` checked for form. */
export interface Command<Type extends string = string, Data extends object = JsonObject> {
  readonly type: Type;
  readonly data: Data;
}

/**
 * A capability's share of a stream: it folds the events it cares for, its own and others', and decides its own
 * commands. Pure and without mutation: the state that `evolve` was given stays as it was.
 */
export interface Decider<State = unknown, C extends Command<string, object> = Command<string, object>> {
  /** The capability's name. */
  readonly name: string;
  /** The types of the commands that it decides. */
  readonly commands: readonly C['type'][];
  /**
   * Raised with every change of the state's form or of what `evolve` makes of the events there are: older snapshots are
   * then not used.
   */
  readonly version: number;
  /** Without it the streams that it takes part in have no snapshots. */
  readonly snapshot?: SnapshotForm<State>;
  initial(): State;
  /** Gives the same object back for an event it does not care for. */
  evolve(state: State, event: DomainEvent<string, object>): State;
  decide(command: C, state: State, context: CommandContext): Decision;
}
