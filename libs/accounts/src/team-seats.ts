import { List } from 'immutable';
import type { TeamRole } from './accounts.events.js';
import { type Dated, type Timeline, withFact } from './timeline.js';

/** A member in one role, with the dates from which on the member held it or did not. */
export type Seat = {
  readonly member: string;
  readonly role: TeamRole;
  readonly held: readonly Dated<boolean>[];
};

/** A role that a member holds. */
export interface HeldRole {
  readonly member: string;
  readonly role: TeamRole;
  /** The instant since when, without a break. */
  readonly since: string;
}

const ORDER: readonly TeamRole[] = ['key-account-manager', 'sales', 'after-sales', 'technical-adviser'];

/** The seats with one more fact, by member and role. */
export function withSeatFact(
  seats: readonly Seat[],
  member: string,
  role: TeamRole,
  fact: Dated<boolean>,
): readonly Seat[] {
  const isIt = (seat: Seat) => seat.member === member && seat.role === role;
  const timeline: Timeline<boolean> = List(seats.find(isIt)?.held ?? []);
  const seat: Seat = { member, role, held: withFact(timeline, ...fact).toArray() };
  return [...seats.filter((other) => !isIt(other)), seat].sort(
    (a, b) => compare(a.member, b.member) || compare(a.role, b.role),
  );
}

/**
 * The roles held by the facts dated before an instant, or by all of them: the key-account managers first, then by role, and
 * within a role who has held it longest.
 */
export function heldRoles(seats: readonly Seat[], before?: string): HeldRole[] {
  return seats
    .flatMap(({ member, role, held }): HeldRole[] => {
      const facts = before === undefined ? held : held.filter(([at]) => at < before);
      const since = beginning(facts);
      return since === undefined ? [] : [{ member, role, since }];
    })
    .sort(
      (a, b) =>
        ORDER.indexOf(a.role) - ORDER.indexOf(b.role) || compare(a.since, b.since) || compare(a.member, b.member),
    );
}

/** Who answers for the account: its key-account manager, else the first of its sales team; null: nobody. */
export function ownerOf(seats: readonly Seat[]): string | null {
  const first = heldRoles(seats).find(({ role }) => role === 'key-account-manager' || role === 'sales');
  return first?.member ?? null;
}

/** When the spell began that the last fact is in; `undefined` when that is none. */
function beginning(facts: readonly Dated<boolean>[]): string | undefined {
  const before = facts.findLastIndex(([, held]) => !held);
  return facts[before + 1]?.[0];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
