import { PARTITIONS } from '../partition.js';
import type { ProjectorGroupState, ProjectorMember, ProjectorSession, SeenMember } from './projector-store.js';

export interface MembershipRules {
  /** The one that looks, whatever its lease seems to be. */
  readonly self: string;
  /** Milliseconds. */
  readonly lease: number;
  isGone(member: ProjectorMember): boolean;
}

/**
 * Who is to have a share: all that are there, or 64 of them, those first that have one already.
 *
 * A lease that seems to reach further than its length from now was written by a clock that was set back since, or that
 * began anew with the machine; it says nothing, and counts as run out.
 */
export function membersWithShare({ generation, members }: ProjectorGroupState, rules: MembershipRules): string[] {
  const there = members.filter((member) => isThere(member, rules)).map(({ id }) => id);
  if (!there.includes(rules.self)) there.push(rules.self);
  const have = new Set(generation.sessions.map(({ member }) => member));
  return there.sort((a, b) => Number(have.has(b)) - Number(have.has(a)) || (a < b ? -1 : 1)).slice(0, PARTITIONS);
}

/** Members that will not come back under their names, or have been away for so long that it does not matter. */
export function membersGone({ members }: ProjectorGroupState, rules: MembershipRules): string[] {
  return members.filter((member) => !isThere(member, rules) && member.id !== rules.self).map(({ id }) => id);
}

function isThere(member: SeenMember, { self, lease, isGone }: MembershipRules): boolean {
  return member.id === self || (member.age >= 0 && member.age <= lease && !isGone(member));
}

/** Whether the generation fits: exactly these have a share of it, and all may write. */
export function isInForce({ generation, open }: ProjectorGroupState, members: readonly string[]): boolean {
  const { sessions } = generation;
  return (
    sessions.length === members.length && sessions.every(({ id, member }) => open.has(id) && members.includes(member))
  );
}

export function sessionOf({ generation }: ProjectorGroupState, member: string): ProjectorSession | undefined {
  return generation.sessions.find((session) => session.member === member);
}
