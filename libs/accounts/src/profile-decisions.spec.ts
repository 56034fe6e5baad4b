import { describe, expect, it } from '@jest/globals';
import { given } from '#event-sourcing-testing';
import { accountsDecider, teamHolds } from './accounts.decider.js';
import type { AccountGroupJoined, AccountProfileCorrected, AccountRegistered } from './accounts.events.js';

const decider = accountsDecider();
const AT = '2026-03-01T08:00:00.000Z';
const LATER = '2026-06-01T08:00:00.000Z';

function registered(data: Partial<AccountRegistered['data']> = {}): AccountRegistered {
  const full = { accountId: 'acme', name: 'Acme', provisional: false, ...data };
  return { type: 'account-registered.v1', data: full, occurredAt: AT };
}

const provisional = registered({ name: 'acme', provisional: true });

function corrected(
  data: Omit<AccountProfileCorrected['data'], 'reason'> & { reason?: string },
  occurredAt = LATER,
): AccountProfileCorrected {
  return { type: 'account-profile-corrected.v1', data: { reason: 'Moved.', ...data }, occurredAt };
}

function joined(groupId: string, occurredAt = LATER): AccountGroupJoined {
  return { type: 'account-group-joined.v1', data: { groupId }, occurredAt };
}

function register(data: object = {}) {
  return {
    type: 'register-account' as const,
    data: { accountId: 'acme', name: 'Acme', at: LATER, ...data },
  };
}

function ensure(data: object = {}) {
  return { type: 'ensure-account' as const, data: { accountId: 'acme', at: LATER, ...data } };
}

function correct(data: object) {
  return { type: 'correct-account' as const, data: { accountId: 'acme', reason: 'Moved.', at: LATER, ...data } };
}

describe('registering an account', () => {
  it('records what is stated of it, tags sorted, nothing that is empty', () => {
    given(decider)
      .when(
        register({
          industry: 'machinery',
          region: null,
          externalIds: { erp: '17', crm: 'A-1' },
          tags: ['export', 'beta', 'export'],
          groupId: 'acme-group',
        }),
      )
      .thenEvents({
        type: 'account-registered.v1',
        data: {
          accountId: 'acme',
          name: 'Acme',
          provisional: false,
          industry: 'machinery',
          externalIds: { erp: '17', crm: 'A-1' },
          tags: ['beta', 'export'],
          groupId: 'acme-group',
        },
        occurredAt: LATER,
      });
  });

  it('puts the member of a limited key into the sales team', () => {
    given(decider)
      .when(register(), { member: 'li-na' })
      .thenEvents(
        {
          type: 'account-registered.v1',
          data: { accountId: 'acme', name: 'Acme', provisional: false },
          occurredAt: LATER,
        },
        { type: 'member-assigned.v1', data: { member: 'li-na', role: 'sales' }, occurredAt: LATER },
      );
  });

  it('takes the same content again as said already, whatever its date and the order of tags and ids', () => {
    given(decider, registered({ tags: ['a', 'b'], externalIds: { erp: '1', crm: '2' } }))
      .when(register({ tags: ['b', 'a'], externalIds: { crm: '2', erp: '1' }, region: null }))
      .thenNothing();
  });

  it('still knows the content after corrections, and takes the corrected one as well', () => {
    const history = [registered({ region: 'north' }), corrected({ field: 'region', from: 'north', to: 'east' })];
    given(decider, ...history)
      .when(register({ region: 'north' }))
      .thenNothing();
    given(decider, ...history)
      .when(register({ region: 'east' }))
      .thenNothing();
  });

  it('refuses other content', () => {
    given(decider, registered())
      .when(register({ name: 'Borealis' }))
      .thenRejected('id-exists');
    given(decider, registered())
      .when(register({ region: 'north' }))
      .thenRejected('id-exists');
    given(decider, registered({ groupId: 'g1' }))
      .when(register({ groupId: 'g2' }))
      .thenRejected('id-exists');
  });

  it('tells a limited key nothing of an account of others, not even that the content is the same', () => {
    given(decider, registered()).when(register(), { member: 'li-na' }).thenRejected('id-exists');
    given(decider, provisional).when(register(), { member: 'li-na' }).thenRejected('id-exists');
  });

  it('names a provisional account and completes what was not known of it', () => {
    given(decider, provisional)
      .when(register({ region: 'north', groupId: 'g' }))
      .thenEvents(
        corrected({ field: 'name', from: 'acme', to: 'Acme', reason: 'Registered after its first facts.' }),
        corrected({ field: 'region', from: null, to: 'north', reason: 'Registered after its first facts.' }),
        corrected({ field: 'groupId', from: null, to: 'g', reason: 'Registered after its first facts.' }),
      );
  });

  it('confirms a provisional name that was the right one', () => {
    given(decider, provisional)
      .when(register({ name: 'acme' }))
      .thenEvents(corrected({ field: 'name', from: 'acme', to: 'acme', reason: 'Registered after its first facts.' }));
  });

  it('takes the registration that named a provisional account as said already', () => {
    const named = [
      provisional,
      corrected({ field: 'name', from: 'acme', to: 'Acme' }),
      corrected({ field: 'groupId', from: null, to: 'g' }),
    ];
    given(decider, ...named)
      .when(register({ groupId: 'g' }))
      .thenNothing();
    given(decider, ...named)
      .when(register({ groupId: 'h' }))
      .thenRejected('id-exists');
    given(decider, ...named)
      .when(register({ name: 'Borealis' }))
      .thenRejected('id-exists');
  });
});

describe('making sure that an account is registered', () => {
  it('registers it under its id where no name is told', () => {
    given(decider)
      .when(ensure())
      .thenEvents({
        type: 'account-registered.v1',
        data: { accountId: 'acme', name: 'acme', provisional: true },
        occurredAt: LATER,
      });
  });

  it('registers it as told, and for a limited key into its team', () => {
    given(decider)
      .when(ensure({ name: 'Acme', region: 'north' }), { member: 'li-na' })
      .thenEvents(
        {
          type: 'account-registered.v1',
          data: { accountId: 'acme', name: 'Acme', region: 'north', provisional: false },
          occurredAt: LATER,
        },
        { type: 'member-assigned.v1', data: { member: 'li-na', role: 'sales' }, occurredAt: LATER },
      );
  });

  it('names a provisional account, once', () => {
    const naming = corrected({ field: 'name', from: 'acme', to: 'Acme', reason: 'Named after its first facts.' });
    given(decider, provisional)
      .when(ensure({ name: 'Acme' }))
      .thenEvents(naming);
    given(decider, provisional, naming)
      .when(ensure({ name: 'Borealis' }))
      .thenNothing();
  });

  it('changes nothing else', () => {
    given(decider, provisional)
      .when(ensure({ region: 'north' }))
      .thenNothing();
    given(decider, registered())
      .when(ensure({ name: 'Borealis', region: 'north', groupId: 'g' }))
      .thenNothing();
    given(decider, provisional)
      .when(ensure({ name: 'Acme' }), { member: 'li-na' })
      .thenNothing();
  });
});

describe('completing an account', () => {
  const complete = (data: object = {}) => ({
    type: 'complete-account' as const,
    data: { accountId: 'acme', name: 'Acme', at: LATER, ...data },
  });
  const filled = (field: string, to: string) =>
    corrected({ field: field as 'region', from: null, to, reason: 'Not known before.' });

  it('registers one that is not there', () => {
    given(decider)
      .when(complete({ region: 'north' }))
      .thenEvents({ ...registered({ region: 'north' }), occurredAt: LATER });
  });

  it('fills in what is not known, and nothing else', () => {
    given(decider, registered({ region: 'north' }))
      .when(complete({ region: 'north', industry: 'machinery' }))
      .thenEvents(filled('industry', 'machinery'));
    given(decider, registered()).when(complete()).thenNothing();
    given(decider, registered(), filled('industry', 'machinery'))
      .when(complete({ industry: 'machinery' }))
      .thenNothing();
  });

  it('refuses to change what is known', () => {
    given(decider, registered({ region: 'north' }))
      .when(complete({ region: 'south' }))
      .thenRejected('id-exists');
    given(decider, registered())
      .when(complete({ name: 'Acme Ltd.' }))
      .thenRejected('id-exists');
    given(decider, registered({ groupId: 'g' }))
      .when(complete({ groupId: 'h' }))
      .thenRejected('id-exists');
  });

  it('names a provisional one, and adds its group', () => {
    given(decider, provisional)
      .when(complete({ groupId: 'g' }))
      .thenEvents(
        corrected({ field: 'name', from: 'acme', to: 'Acme', reason: 'Registered after its first facts.' }),
        corrected({ field: 'groupId', from: null, to: 'g', reason: 'Registered after its first facts.' }),
      );
  });

  it('tells a member nothing of an account of others', () => {
    given(decider, registered()).when(complete(), { member: 'lee' }).thenRejected('id-exists');
  });
});

describe('correcting a profile', () => {
  it('records one event a field that really changes', () => {
    given(decider, registered({ region: 'north', industry: 'machinery', tags: ['a', 'b'] }))
      .when(
        correct({
          name: 'Acme Ltd.',
          region: 'east',
          industry: 'machinery',
          tags: ['b', 'a'],
          externalIds: { erp: '1' },
        }),
      )
      .thenEvents(
        corrected({ field: 'name', from: 'Acme', to: 'Acme Ltd.' }),
        corrected({ field: 'region', from: 'north', to: 'east' }),
        corrected({ field: 'externalIds', from: null, to: { erp: '1' } }),
      );
  });

  it('clears optional fields by null, and collections by an empty one as well', () => {
    given(decider, registered({ region: 'north', tags: ['a'], externalIds: { erp: '1' } }))
      .when(correct({ region: null, industry: null, tags: [], externalIds: null }))
      .thenEvents(
        corrected({ field: 'region', from: 'north', to: null }),
        corrected({ field: 'externalIds', from: { erp: '1' }, to: null }),
        corrected({ field: 'tags', from: ['a'], to: null }),
      );
  });

  it('knows that a field was cleared', () => {
    const cleared = [registered({ region: 'north' }), corrected({ field: 'region', from: 'north', to: null }, AT)];
    given(decider, ...cleared)
      .when(correct({ region: null }))
      .thenNothing();
    given(decider, ...cleared)
      .when(correct({ region: 'north' }))
      .thenEvents(corrected({ field: 'region', from: null, to: 'north' }));
  });

  it('does not take the name away', () => {
    given(decider, registered())
      .when(correct({ name: null }))
      .thenRejected('name-required');
  });

  it('compares with what held on its date', () => {
    given(decider, registered({ region: 'north' }), corrected({ field: 'region', from: 'north', to: 'east' }))
      .when(correct({ region: 'south', at: '2026-05-01T00:00:00.000Z' }))
      .thenEvents(corrected({ field: 'region', from: 'north', to: 'south' }, '2026-05-01T00:00:00.000Z'));
  });

  it('leaves and joins corporate groups from the date on', () => {
    const reason = 'Moved.';
    given(decider, registered({ groupId: 'g1' }))
      .when(correct({ groupId: 'g2' }))
      .thenEvents(
        { type: 'account-group-left.v1', data: { groupId: 'g1', reason }, occurredAt: LATER },
        { type: 'account-group-joined.v1', data: { groupId: 'g2', reason }, occurredAt: LATER },
      );
    given(decider, registered(), joined('g1', AT))
      .when(correct({ groupId: null }))
      .thenEvents({ type: 'account-group-left.v1', data: { groupId: 'g1', reason }, occurredAt: LATER });
    given(decider, registered())
      .when(correct({ groupId: 'g1' }))
      .thenEvents({ type: 'account-group-joined.v1', data: { groupId: 'g1', reason }, occurredAt: LATER });
    given(decider, registered(), joined('g1'))
      .when(correct({ groupId: 'g1' }))
      .thenNothing();
  });

  it('says nothing new where nothing changes', () => {
    given(decider, registered()).when(correct({})).thenNothing();
    given(decider, registered())
      .when(correct({ name: 'Acme', groupId: null }))
      .thenNothing();
  });

  it('ends that a name is provisional', () => {
    given(decider, provisional)
      .when(correct({ name: 'acme' }))
      .thenEvents(corrected({ field: 'name', from: 'acme', to: 'acme' }));
  });
});

describe('the state of an account', () => {
  it('stays the same object for events of others', () => {
    const state = decider.evolve(decider.initial(), registered());
    expect(decider.evolve(state, { type: 'order-placed.v1', data: { orderId: 'o' }, occurredAt: AT })).toBe(state);
  });

  it('tells who is in the team', () => {
    const facts = [
      { type: 'member-assigned.v1', data: { member: 'li-na', role: 'sales' }, occurredAt: AT },
      { type: 'member-assigned.v1', data: { member: 'li-na', role: 'after-sales' }, occurredAt: AT },
      { type: 'member-released.v1', data: { member: 'li-na', role: 'sales' }, occurredAt: LATER },
      { type: 'member-assigned.v1', data: { member: 'bo', role: 'sales' }, occurredAt: AT },
      { type: 'member-released.v1', data: { member: 'bo', role: 'sales' }, occurredAt: LATER },
    ];
    const state = facts.reduce((folded, event) => decider.evolve(folded, event), decider.initial());
    expect(['li-na', 'bo', 'nobody'].map((member) => teamHolds(state, member))).toEqual([true, false, false]);
  });
});
