import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ZonedCalendar } from '#calendar';
import type { Document, DocumentProjection } from '#event-sourcing';
import { projected, recordedHistory, type StreamFact } from '#event-sourcing-testing';
import type { LedgerSettings } from '#platform';
import { type Account, type AccountDocument, accountOf, viewBefore } from '../account-document.js';
import type { AccountsEvent } from '../accounts.events.js';
import { accountsEvents } from '../accounts.events.js';
import { type ContactDocument, contactBefore } from '../contact-document.js';
import { heldRoles } from '../team-seats.js';
import { ACCOUNT_ACTIVITY, accountActivityProjection } from './account-activity.projection.js';
import { ACCOUNT_TEAM, accountTeamProjection } from './account-team.projection.js';
import { ACCOUNTS, accountsProjection } from './accounts.projection.js';
import { CONTACTS, contactsProjection } from './contacts.projection.js';

const settings: LedgerSettings = { calendar: new ZonedCalendar('Asia/Shanghai'), baseCurrency: 'CNY' };
const types = [...accountsEvents.types, 'order-placed.v1', 'policy-drafted.v1'];
const accounts = accountsProjection(settings, types);
const activity = accountActivityProjection(settings, types);

type Fact = Pick<AccountsEvent, 'type' | 'data'>;

function on(date: string, fact: Fact | { type: 'order-placed.v1'; data: object }): StreamFact {
  return ['account-acme', { ...fact, occurredAt: `${date}T20:00:00.000Z` }];
}

const registered: Fact = {
  type: 'account-registered.v1',
  data: {
    accountId: 'acme',
    name: 'Acme',
    provisional: false,
    region: 'north',
    groupId: 'g1',
    externalIds: { erp: 'X-17' },
    tags: ['export'],
  },
};

function correction(field: 'name' | 'region' | 'industry' | 'groupId', to: string | null): Fact {
  return { type: 'account-profile-corrected.v1', data: { field, from: null, to, reason: 'Known better.' } };
}

function only(projection: DocumentProjection, facts: readonly StreamFact[]): Document {
  const [first, ...others] = projected(projection, recordedHistory(facts));
  expect(others).toEqual([]);
  return first?.document ?? {};
}

function document(...facts: readonly StreamFact[]): AccountDocument {
  return only(accounts, facts) as AccountDocument;
}

function account(...facts: readonly StreamFact[]): Account {
  return accountOf(document(...facts));
}

describe('the collections', () => {
  it('are those that the questions are asked of', () => {
    expect(accounts.collection).toEqual(ACCOUNTS);
    expect(activity.collection).toEqual(ACCOUNT_ACTIVITY);
    expect(contactsProjection().collection).toEqual(CONTACTS);
    expect(accountTeamProjection().collection).toEqual(ACCOUNT_TEAM);
  });

  it('take nothing from streams that are not accounts', () => {
    const history = recordedHistory([
      ['policy-standard', { type: 'policy-drafted.v1', data: {}, occurredAt: '2026-01-01T00:00:00.000Z' }],
    ]);
    expect([...projected(accounts, history), ...projected(activity, history)]).toEqual([]);
  });
});

describe('the document of an account', () => {
  it('has what it was registered with', () => {
    expect(document(on('2026-03-01', registered))).toEqual({
      accountId: 'acme',
      name: 'Acme',
      industry: null,
      region: 'north',
      groupId: 'g1',
      owner: null,
      status: 'active',
      history: null,
      search: 'acme\nacme\nx-17',
      details: '{"provisional":false,"externalIds":{"erp":"X-17"},"tags":["export"],"team":[]}',
      // 2026-03-02 in Shanghai, days since 1970-01-01
      firstFactDay: 20_514n,
    });
  });

  it('is found by its newest name, and has no details where there are none', () => {
    const plain: Fact = {
      type: 'account-registered.v1',
      data: { accountId: 'acme', name: 'ÉCLAT', provisional: false },
    };
    expect(document(on('2026-03-01', plain))).toMatchObject({ search: 'éclat\nacme', details: null });
    expect(document(on('2026-03-01', registered), on('2026-06-01', correction('name', 'Acme Ltd.'))).search).toBe(
      'acme ltd.\nacme\nx-17',
    );
  });

  it('begins with the earliest fact of all capabilities', () => {
    const order = { type: 'order-placed.v1' as const, data: {} };
    // 2026-02-01 in Shanghai
    expect(account(on('2026-03-01', registered), on('2026-04-01', order), on('2026-01-31', order)).firstFactDay).toBe(
      20_485n,
    );
  });

  it('stays the same object for what it does not show', () => {
    const [first, second] = recordedHistory([
      on('2026-03-01', registered),
      on('2026-04-01', { type: 'order-placed.v1', data: {} }),
    ]);
    if (first === undefined || second === undefined) throw new Error('two events are needed');
    const before = accounts.fold(undefined, first, ['acme']);
    expect(accounts.fold(before ?? undefined, second, ['acme'])).toBe(before);
  });

  it('answers for a past day by the dates of corrections, and by the first value known for what was unknown before', () => {
    const acme = account(
      on('2026-03-01', registered),
      on('2026-06-01', correction('region', 'east')),
      on('2026-05-01', correction('region', null)),
      on('2026-06-01', correction('industry', 'machinery')),
      on('2026-06-01', correction('name', 'Acme Ltd.')),
    );
    expect(acme).toMatchObject({ name: 'Acme Ltd.', region: 'east', industry: 'machinery' });
    const regionOn = (date: string) => viewBefore(acme, date).region;
    expect(['2026-01-01', '2026-04-30', '2026-05-31', '2026-06-30'].map(regionOn)).toEqual([
      'north',
      'north',
      null,
      'east',
    ]);
    expect(viewBefore(acme, '2026-01-01')).toMatchObject({ name: 'Acme', industry: 'machinery' });
  });

  it('shows a name that came late for all days, and that it is provisional no more', () => {
    const stub: Fact = { type: 'account-registered.v1', data: { accountId: 'acme', name: 'acme', provisional: true } };
    expect(account(on('2026-03-01', stub))).toMatchObject({ name: 'acme', provisional: true });
    const named = account(on('2026-03-01', stub), on('2026-06-01', correction('name', 'Acme')));
    expect(named).toMatchObject({ name: 'Acme', provisional: false });
    expect(viewBefore(named, '2026-04-01').name).toBe('Acme');
    const confirmed = account(on('2026-03-01', stub), on('2026-06-01', correction('name', 'acme')));
    expect(confirmed).toMatchObject({ name: 'acme', provisional: false });
  });

  it('is in corporate groups from day to day, and in the one it was registered with before', () => {
    const acme = account(
      on('2026-03-01', registered),
      on('2026-06-01', { type: 'account-group-left.v1', data: { groupId: 'g1' } }),
      on('2026-08-01', { type: 'account-group-joined.v1', data: { groupId: 'g2' } }),
    );
    const groupOn = (date: string) => viewBefore(acme, date).groupId;
    expect(['2025-01-01', '2026-06-01', '2026-06-02', '2026-08-02'].map(groupOn)).toEqual(['g1', 'g1', null, 'g2']);
    expect(acme.groupId).toBe('g2');
  });

  it('has never been in a group before it joined its first one, unless that is what a late registration told', () => {
    const stub: Fact = { type: 'account-registered.v1', data: { accountId: 'acme', name: 'acme', provisional: true } };
    const joined = account(
      on('2026-03-01', stub),
      on('2026-06-01', { type: 'account-group-joined.v1', data: { groupId: 'g' } }),
    );
    expect(viewBefore(joined, '2026-05-01').groupId).toBeNull();
    const told = account(on('2026-03-01', stub), on('2026-06-01', correction('groupId', 'g')));
    expect(viewBefore(told, '2026-05-01').groupId).toBe('g');
    expect(told).toMatchObject({ groupId: 'g', history: null });
  });

  it('is lost and recovered from day to day', () => {
    const acme = account(
      on('2026-03-01', registered),
      on('2026-06-01', { type: 'account-recovered.v1', data: { reason: 'Quality.' } }),
      on('2026-05-01', { type: 'account-lost.v1', data: { reason: 'Price.' } }),
    );
    const statusOn = (date: string) => viewBefore(acme, date).status;
    expect(['2026-04-01', '2026-05-15', '2026-06-15'].map(statusOn)).toEqual(['active', 'lost', 'active']);
    expect(acme.status).toBe('active');
  });

  it('is owned by its key-account manager, else by the first of its sales team', () => {
    const team = [
      on('2026-04-02', { type: 'member-assigned.v1', data: { member: 'bo', role: 'sales' } }),
      on('2026-04-01', { type: 'member-assigned.v1', data: { member: 'chen', role: 'sales' } }),
      on('2026-03-01', { type: 'member-assigned.v1', data: { member: 'ann', role: 'technical-adviser' } }),
    ];
    const manager = on('2026-05-01', {
      type: 'member-assigned.v1',
      data: { member: 'li', role: 'key-account-manager' },
    });
    const release = on('2026-06-01', {
      type: 'member-released.v1',
      data: { member: 'li', role: 'key-account-manager' },
    });
    expect(account(on('2026-03-01', registered), ...team).owner).toBe('chen');
    expect(account(on('2026-03-01', registered), ...team, manager).owner).toBe('li');
    const acme = account(on('2026-03-01', registered), ...team, release, manager);
    expect(acme.owner).toBe('chen');
    expect(heldRoles(acme.team, '2026-05-15')).toEqual([
      { member: 'li', role: 'key-account-manager', since: '2026-05-01T20:00:00.000Z' },
      { member: 'chen', role: 'sales', since: '2026-04-01T20:00:00.000Z' },
      { member: 'bo', role: 'sales', since: '2026-04-02T20:00:00.000Z' },
      { member: 'ann', role: 'technical-adviser', since: '2026-03-01T20:00:00.000Z' },
    ]);
    expect(heldRoles(acme.team, '2026-03-01')).toEqual([]);
  });

  it('does not depend on the order in which facts of different dates were recorded', () => {
    const fact = fc.oneof(
      fc
        .tuple(fc.constantFrom('name', 'region', 'industry'), fc.constantFrom('a', 'b', 'c'))
        .map(([field, to]) => correction(field as 'name', to)),
      fc.constantFrom('g1', 'g2').map((groupId): Fact => ({ type: 'account-group-joined.v1', data: { groupId } })),
      fc.constant<Fact>({ type: 'account-group-left.v1', data: { groupId: 'g1' } }),
      fc.constant<Fact>({ type: 'account-lost.v1', data: { reason: 'Price.' } }),
      fc.constant<Fact>({ type: 'account-recovered.v1', data: { reason: 'Quality.' } }),
      fc.tuple(fc.constantFrom('li', 'bo'), fc.constantFrom('sales', 'key-account-manager'), fc.boolean()).map(
        ([member, role, held]) =>
          ({
            type: held ? 'member-assigned.v1' : 'member-released.v1',
            data: { member, role },
          }) as Fact,
      ),
    );
    const dated = fc
      .array(fact, { minLength: 1, maxLength: 15 })
      .map((facts) =>
        facts.map((each, index) =>
          on(`2026-${String((index % 12) + 1).padStart(2, '0')}-${String(10 + index).padStart(2, '0')}`, each),
        ),
      );
    fc.assert(
      fc.property(
        dated.chain((facts) =>
          fc.tuple(
            fc.constant(facts),
            fc.shuffledSubarray(facts, { minLength: facts.length, maxLength: facts.length }),
          ),
        ),
        ([inOneOrder, inAnother]) => {
          const first = on('2026-02-01', registered);
          const { history: one, ...rest } = account(first, ...inOneOrder);
          const { history: other, ...same } = account(first, ...inAnother);
          expect(same).toEqual(rest);
          expect(other).toEqual(one);
        },
      ),
    );
  });
});

describe('the activity of an account', () => {
  it('has the newest revision, and the latest fact by its date', () => {
    const order = { type: 'order-placed.v1' as const, data: {} };
    expect(only(activity, [on('2026-03-01', registered), on('2026-04-01', order), on('2026-01-31', order)])).toEqual({
      accountId: 'acme',
      revision: 2n,
      position: 30n,
      lastFactAt: '2026-04-01T20:00:00.000Z',
      // 2026-04-02 in Shanghai
      lastFactDay: 20_545n,
    });
  });
});

describe('the document of a contact', () => {
  const added: Fact = {
    type: 'contact-added.v1',
    data: { contactId: 'wang', role: 'user', name: 'sealed name', email: 'sealed mail', attitude: -1 },
  };

  function contact(...facts: readonly StreamFact[]): ContactDocument {
    return only(contactsProjection(), facts) as ContactDocument;
  }

  it('has what was said, ciphertext as it came', () => {
    expect(contact(on('2026-03-01', added))).toEqual({
      accountId: 'acme',
      contactId: 'wang',
      role: 'user',
      name: 'sealed name',
      email: 'sealed mail',
      phone: null,
      attitude: -1n,
      reportsTo: null,
      preferences: null,
      addedAt: '2026-03-01T20:00:00.000Z',
      departedAt: null,
      history: null,
    });
  });

  it('answers for a past day, whatever the order in which changes were recorded', () => {
    const document = contact(
      on('2026-03-01', added),
      on('2026-06-01', { type: 'contact-changed.v1', data: { contactId: 'wang', attitude: 2, email: null } }),
      on('2026-05-01', { type: 'contact-changed.v1', data: { contactId: 'wang', attitude: 1, role: 'sponsor' } }),
      on('2026-08-01', { type: 'contact-departed.v1', data: { contactId: 'wang' } }),
      on('2026-07-01', { type: 'contact-departed.v1', data: { contactId: 'wang' } }),
    );
    expect(document).toMatchObject({
      attitude: 2n,
      role: 'sponsor',
      email: null,
      departedAt: '2026-07-01T20:00:00.000Z',
    });
    expect(contactBefore(document, '2026-03-01')).toBeUndefined();
    expect(contactBefore(document, '2026-04-01')).toMatchObject({
      attitude: -1n,
      role: 'user',
      email: 'sealed mail',
      departedAt: null,
    });
    expect(contactBefore(document, '2026-05-15')).toMatchObject({
      attitude: 1n,
      role: 'sponsor',
      email: 'sealed mail',
    });
    expect(contactBefore(document, '2026-07-15')).toMatchObject({
      attitude: 2n,
      departedAt: '2026-07-01T20:00:00.000Z',
    });
  });

  it('is not made of a change to somebody unknown', () => {
    const stray = on('2026-06-01', { type: 'contact-departed.v1', data: { contactId: 'wang' } });
    expect(() => contact(stray)).toThrow('account-acme speaks of an unknown contact at revision 0');
  });
});

describe('the row of an account and a member', () => {
  const assigned: Fact = { type: 'member-assigned.v1', data: { member: 'li', role: 'sales' } };
  const released: Fact = { type: 'member-released.v1', data: { member: 'li', role: 'sales' } };
  const adviser: Fact = { type: 'member-assigned.v1', data: { member: 'li', role: 'technical-adviser' } };

  it.each<[boolean, string, StreamFact[]]>([
    [true, 'assigned', [on('2026-03-01', assigned)]],
    [false, 'released', [on('2026-03-01', assigned), on('2026-04-01', released)]],
    [false, 'released, recorded before', [on('2026-04-01', released), on('2026-03-01', assigned)]],
    [
      true,
      'released from one of two roles',
      [on('2026-03-01', assigned), on('2026-03-02', adviser), on('2026-04-01', released)],
    ],
    [true, 'assigned again', [on('2026-03-01', assigned), on('2026-04-01', released), on('2026-05-01', assigned)]],
  ])('is active %s when %s', (active, _, facts) => {
    expect(only(accountTeamProjection(), facts)).toMatchObject({ accountId: 'acme', member: 'li', active });
  });
});
