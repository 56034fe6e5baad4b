import { describe, expect, it } from '@jest/globals';
import type { BuyingRole } from './accounts.events.js';
import { buyingCentre, type MappedContact } from './buying-centre.js';

function contact(contactId: string, role: BuyingRole, attitude: number | null, departed = false): MappedContact {
  return { contactId, role, attitude, departed };
}

describe('the buying centre', () => {
  it('of an account without contacts lacks sponsor and decision-maker', () => {
    expect(buyingCentre([]).gaps).toEqual([{ gap: 'no-executive-sponsor' }, { gap: 'no-decision-maker' }]);
  });

  it('lists who is there by role, and has no gap with sponsor and decision-maker', () => {
    const { roles, gaps } = buyingCentre([
      contact('a', 'sponsor', 0),
      contact('b', 'decision-maker', null),
      contact('c', 'user', 1),
      contact('d', 'user', -1),
      contact('e', 'user', -2, true),
    ]);
    expect(roles).toEqual({
      sponsor: ['a'],
      'decision-maker': ['b'],
      approver: [],
      influencer: [],
      purchaser: [],
      user: ['c', 'd'],
    });
    expect(gaps).toEqual([]);
  });

  it('misses a champion who left until another one has the role', () => {
    const present = [contact('a', 'sponsor', 0), contact('b', 'decision-maker', 0), contact('x', 'user', 2)];
    const left = contact('c', 'influencer', 1, true);
    expect(buyingCentre([...present, left]).gaps).toEqual([{ gap: 'champion-departed', contactId: 'c' }]);
    expect(buyingCentre([...present, left, contact('d', 'influencer', 0)]).gaps).toHaveLength(1);
    expect(buyingCentre([...present, left, contact('d', 'influencer', 1)]).gaps).toEqual([]);
    expect(buyingCentre([...present, contact('e', 'influencer', 0, true)]).gaps).toEqual([]);
  });

  it('misses the sponsor who left', () => {
    expect(buyingCentre([contact('a', 'sponsor', 1, true), contact('b', 'decision-maker', 0)]).gaps).toEqual([
      { gap: 'no-executive-sponsor' },
      { gap: 'champion-departed', contactId: 'a' },
    ]);
  });
});
