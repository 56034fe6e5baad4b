import { expect } from '@jest/globals';
import {
  type Command,
  type CommandContext,
  type Decider,
  type Decision,
  type DomainEvent,
  isRejection,
  type JsonObject,
  type Rejection,
} from '#event-sourcing';

type AnyEvent = DomainEvent<string, object>;

/** What follows from a command. */
export interface Outcome {
  /** Exactly these events, in this order. */
  thenEvents(...expected: readonly AnyEvent[]): void;
  /** Nothing new: all of it was so already. */
  thenNothing(): void;
  /** Refused with this code, and where given with these details. */
  thenRejected(code: string, details?: JsonObject): void;
  readonly decision: Decision;
}

const DEFAULT_CONTEXT: CommandContext = { now: '2026-01-01T00:00:00.000Z', actor: 'somebody', role: 'sales' };

/** A sentence of a decider's specification: given what happened, when somebody wants this, then that follows. */
export function given<State, C extends Command<string, object>>(
  decider: Decider<State, C>,
  ...past: readonly AnyEvent[]
) {
  return {
    when(command: C, context: Partial<CommandContext> = {}): Outcome {
      const state = past.reduce((folded, event) => decider.evolve(folded, event), decider.initial());
      const before = JSON.stringify(state, bigintsAsText);
      const decision = decider.decide(command, state, { ...DEFAULT_CONTEXT, ...context });
      expect(JSON.stringify(state, bigintsAsText)).toBe(before);
      return {
        decision,
        thenEvents: (...expected) => expect(decision).toEqual(expected),
        thenNothing: () => expect(decision).toEqual([]),
        thenRejected(code, details) {
          expect(decision).toMatchObject({ rejected: true, code });
          if (details !== undefined) expect((decision as Rejection).details).toEqual(details);
          if (isRejection(decision)) expect(decision.message).toMatch(/^[A-Z].*\.$/s);
        },
      };
    },
  };
}

function bigintsAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}
