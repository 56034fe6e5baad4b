import { describe, it } from '@jest/globals';
import { given } from '#event-sourcing-testing';
import { accountsDecider } from './accounts.decider.js';
import type { MemberAssigned, MemberReleased, TeamRole } from './accounts.events.js';

const decider = accountsDecider();
const JANUARY = '2026-01-01T00:00:00.000Z';
const MARCH = '2026-03-01T00:00:00.000Z';
const JUNE = '2026-06-01T00:00:00.000Z';

function assigned(member: string, role: TeamRole, occurredAt = MARCH): MemberAssigned {
  return { type: 'member-assigned.v1', data: { member, role }, occurredAt };
}

function released(member: string, role: TeamRole, occurredAt = JUNE): MemberReleased {
  return { type: 'member-released.v1', data: { member, role }, occurredAt };
}

function assign(member: string, role: TeamRole, at = JUNE) {
  return { type: 'assign-member' as const, data: { accountId: 'acme', member, role, at } };
}

function release(member: string, at = JUNE, handOver?: string | null) {
  return { type: 'release-member' as const, data: { accountId: 'acme', member, at, handOver: handOver ?? null } };
}

describe('assigning a member', () => {
  it('puts the member into the team, in several roles if need be', () => {
    given(decider)
      .when(assign('li-na', 'sales'))
      .thenEvents(assigned('li-na', 'sales', JUNE));
    given(decider, assigned('li-na', 'sales'))
      .when(assign('li-na', 'key-account-manager'))
      .thenEvents(assigned('li-na', 'key-account-manager', JUNE));
  });

  it('is nothing new for one who holds the role on that date', () => {
    given(decider, assigned('li-na', 'sales')).when(assign('li-na', 'sales')).thenNothing();
  });

  it('is new before the member held it, and after a release', () => {
    given(decider, assigned('li-na', 'sales'))
      .when(assign('li-na', 'sales', JANUARY))
      .thenEvents(assigned('li-na', 'sales', JANUARY));
    given(decider, assigned('li-na', 'sales'), released('li-na', 'sales', MARCH))
      .when(assign('li-na', 'sales'))
      .thenEvents(assigned('li-na', 'sales', JUNE));
  });
});

describe('releasing a member', () => {
  it('ends every role held, with the hand-over', () => {
    const handOver = 'To chen-wei.';
    given(decider, assigned('li-na', 'sales'), assigned('li-na', 'key-account-manager'), assigned('bo', 'sales'))
      .when(release('li-na', JUNE, handOver))
      .thenEvents(
        {
          ...released('li-na', 'key-account-manager'),
          data: { member: 'li-na', role: 'key-account-manager', handOver },
        },
        { ...released('li-na', 'sales'), data: { member: 'li-na', role: 'sales', handOver } },
      );
  });

  it('is nothing new for one who held no role by then', () => {
    given(decider, assigned('li-na', 'sales'), released('li-na', 'sales')).when(release('li-na')).thenNothing();
    given(decider, assigned('li-na', 'sales')).when(release('li-na', JANUARY)).thenNothing();
  });

  it('is refused for one who never was in the team', () => {
    given(decider, assigned('bo', 'sales')).when(release('li-na')).thenRejected('member-not-found');
  });
});
