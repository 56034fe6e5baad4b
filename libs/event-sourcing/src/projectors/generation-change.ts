import { isInForce, type MembershipRules, membersGone, membersWithShare, sessionOf } from './membership.js';
import type { ProjectorGroupState, ProjectorMember, ProjectorSession, ProjectorStore } from './projector-store.js';
import { sharesOf } from './shares.js';

/** The share of a member in the generation that is there. */
export interface JoinedSession extends ProjectorSession {
  readonly generation: number;
}

/**
 * Renews the member's lease, and sees to it that a generation is there in which exactly those have a share who are there.
 *
 * Whoever sees first that somebody came or went closes the sessions of the generation, begins the next at the least
 * checkpoints of it, and puts it in its place by compare-and-set. Each step may be done by several at once, and be left
 * undone by one that ends in the middle: a session that is closed without a next generation makes the next to look begin it.
 * @param newId gives a session's id that was never given before
 * @returns `undefined` where there are more members than partitions, and this one has no share
 */
export async function joinGeneration(
  store: ProjectorStore,
  member: ProjectorMember,
  rules: MembershipRules,
  newId: (generation: number) => string,
): Promise<JoinedSession | undefined> {
  await store.renewMember(member);
  for (;;) {
    const state = await store.projectorGroup();
    const members = membersWithShare(state, rules);
    if (!isInForce(state, members)) {
      await changeGeneration(store, state, members, newId);
      continue;
    }
    const gone = membersGone(state, rules);
    if (gone.length > 0) await store.removeMembers(gone);
    const session = sessionOf(state, member.id);
    return session === undefined ? undefined : { ...session, generation: state.generation.number };
  }
}

async function changeGeneration(
  store: ProjectorStore,
  { generation }: ProjectorGroupState,
  members: readonly string[],
  newId: (generation: number) => string,
): Promise<void> {
  const checkpoints = await store.closeSessions(generation.sessions.map(({ id }) => id));
  const number = generation.number + 1;
  const sessions = sharesOf(members, generation.sessions).map((share) => ({ ...share, id: newId(number) }));
  await store.openSessions(
    number,
    sessions.map(({ id }) => id),
    checkpoints,
  );
  // Where another was quicker, its generation is looked at next, and these sessions are forgotten with time.
  await store.beginGeneration({ number, sessions });
}
