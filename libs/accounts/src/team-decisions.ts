import { List, Map as PersistentMap } from 'immutable';
import { type Command, type Decision, type DomainEvent, reject } from '#event-sourcing';
import {
  MEMBER_ASSIGNED,
  MEMBER_RELEASED,
  type MemberAssignedData,
  type MemberReleasedData,
  type TeamRole,
} from './accounts.events.js';
import { newestValue, type Timeline, valueAt, withFact } from './timeline.js';

export type AssignMemberCommand = Command<
  'assign-member',
  { readonly accountId: string; readonly member: string; readonly role: TeamRole; readonly at: string }
>;

/** Releases a member from every role held. */
export type ReleaseMemberCommand = Command<
  'release-member',
  { readonly accountId: string; readonly member: string; readonly handOver?: string | null; readonly at: string }
>;

/** Whether a member holds a role, by member and role. */
export type TeamState = PersistentMap<string, PersistentMap<TeamRole, Timeline<boolean>>>;

export const nobody: TeamState = PersistentMap();

export function evolveTeam(state: TeamState, event: DomainEvent<string, object>): TeamState {
  if (event.type !== MEMBER_ASSIGNED && event.type !== MEMBER_RELEASED) return state;
  const { member, role } = event.data as MemberAssignedData | MemberReleasedData;
  return state.updateIn([member, role], List(), (timeline) =>
    withFact(timeline as Timeline<boolean>, event.occurredAt, event.type === MEMBER_ASSIGNED),
  );
}

/** Whether the member is in the team, in whatever role, once all facts count. */
export function isInTeam(state: TeamState, member: string): boolean {
  return state.get(member)?.some((timeline) => newestValue(timeline) === true) ?? false;
}

export function decideAssignment({ data }: AssignMemberCommand, state: TeamState): Decision {
  const { member, role, at } = data;
  if (holds(state, member, role, at)) return [];
  return [{ type: MEMBER_ASSIGNED, data: { member, role }, occurredAt: at }];
}

export function decideRelease({ data }: ReleaseMemberCommand, state: TeamState): Decision {
  const { member, handOver, at } = data;
  const roles = state.get(member);
  if (roles === undefined) {
    return reject('not-found', 'member-not-found', `The team of the account has no member ${member}.`);
  }
  const held = [...roles.keys()].filter((role) => holds(state, member, role, at)).sort();
  return held.map((role) => ({
    type: MEMBER_RELEASED,
    data: { member, role, ...(handOver === undefined || handOver === null ? {} : { handOver }) },
    occurredAt: at,
  }));
}

function holds(state: TeamState, member: string, role: TeamRole, at: string): boolean {
  const timeline = state.get(member)?.get(role);
  return timeline !== undefined && valueAt(timeline, at) === true;
}
