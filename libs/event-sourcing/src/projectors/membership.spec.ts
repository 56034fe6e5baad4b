import { describe, expect, it } from '@jest/globals';
import { membersWithShare } from './membership.js';
import type { ProjectorGroupState } from './projector-store.js';

const RULES = { self: 'me', lease: 5_000, isGone: ({ pid }: { pid: number }) => pid === 13 };

function group(members: readonly (readonly [id: string, age: number, pid?: number])[], had: readonly string[] = []) {
  const state: ProjectorGroupState = {
    generation: { number: 1, sessions: had.map((member) => ({ id: `s-${member}`, member, partitions: [] })) },
    open: new Set(),
    members: members.map(([id, age, pid = 1]) => ({ id, age, pid, host: 'host', startedAt: 0 })),
  };
  return membersWithShare(state, RULES);
}

describe('membersWithShare', () => {
  it('leaves out those whose lease has run out, but for the one that looks', () => {
    expect(
      group([
        ['me', 9_000],
        ['fresh', 5_000],
        ['late', 5_001],
      ]),
    ).toEqual(['fresh', 'me']);
  });

  it('takes a lease that was renewed later than now for one that has run out', () => {
    expect(
      group([
        ['me', 0],
        ['ahead', -1],
      ]),
    ).toEqual(['me']);
  });

  it('does not wait for the lease of one that is known to have ended', () => {
    expect(
      group([
        ['me', 0],
        ['dead', 10, 13],
      ]),
    ).toEqual(['me']);
  });

  it('keeps those who have a share, where there are more than partitions', () => {
    const many = Array.from({ length: 70 }, (_, n) => [`m${String(n).padStart(2, '0')}`, 0] as const);
    const members = group([...many, ['me', 0]], ['m69', 'm68']);
    expect(members).toHaveLength(64);
    expect(members.slice(0, 2)).toEqual(['m68', 'm69']);
  });
});
