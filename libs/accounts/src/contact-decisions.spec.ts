import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '#event-sourcing';
import { given } from '#event-sourcing-testing';
import type { CommandPreparation } from '#platform';
import { accountsDecider } from './accounts.decider.js';
import type { ContactAdded, ContactChanged, ContactDeparted } from './accounts.events.js';
import { addContact } from './add-contact.js';
import { changeContact } from './change-contact.js';

const decider = accountsDecider();
const EARLY = '2026-01-01T00:00:00.000Z';
const AT = '2026-03-01T08:00:00.000Z';
const LATER = '2026-06-01T08:00:00.000Z';

function added(contactId: string, data: Partial<ContactAdded['data']> = {}): ContactAdded {
  const full = { contactId, role: 'user' as const, name: `sealed ${contactId}`, ...data };
  return { type: 'contact-added.v1', data: full, occurredAt: AT };
}

function changed(
  contactId: string,
  data: Omit<ContactChanged['data'], 'contactId'>,
  occurredAt = LATER,
): ContactChanged {
  return { type: 'contact-changed.v1', data: { contactId, ...data }, occurredAt };
}

function departed(contactId: string, occurredAt = LATER): ContactDeparted {
  return { type: 'contact-departed.v1', data: { contactId }, occurredAt };
}

function add(contactId: string, data: object = {}) {
  return {
    type: 'add-contact' as const,
    data: { accountId: 'acme', contactId, role: 'user' as const, name: `sealed ${contactId}`, at: LATER, ...data },
  };
}

function change(contactId: string, data: object) {
  return { type: 'change-contact' as const, data: { accountId: 'acme', contactId, at: LATER, ...data } };
}

function depart(contactId: string, at = LATER) {
  return { type: 'record-departure' as const, data: { accountId: 'acme', contactId, at } };
}

describe('adding a contact', () => {
  it('records what is said, and leaves out what is not', () => {
    given(decider, added('boss'))
      .when(add('wang', { email: 'sealed mail', phone: null, attitude: -2, reportsTo: 'boss' }))
      .thenEvents({
        ...added('wang', { email: 'sealed mail', attitude: -2, reportsTo: 'boss' }),
        occurredAt: LATER,
      });
  });

  it('takes the same content again as said already, also after changes', () => {
    given(decider, added('wang'), changed('wang', { attitude: 1 }))
      .when(add('wang'))
      .thenNothing();
  });

  it('refuses other content under an id that is taken', () => {
    given(decider, added('wang'))
      .when(add('wang', { attitude: 0 }))
      .thenRejected('id-exists');
  });

  it('refuses a superior that the account does not know, and the contact itself', () => {
    given(decider)
      .when(add('wang', { reportsTo: 'boss' }))
      .thenRejected('contact-not-found', { reportsTo: 'boss' });
    given(decider)
      .when(add('wang', { reportsTo: 'wang' }))
      .thenRejected('circular-report');
  });
});

describe('changing a contact', () => {
  it('records only what changed, null for what is taken away', () => {
    given(decider, added('wang', { email: 'sealed mail', attitude: 1 }))
      .when(change('wang', { role: 'user', email: null, phone: null, attitude: 2 }))
      .thenEvents(changed('wang', { email: null, attitude: 2 }));
  });

  it('says nothing new where nothing changes', () => {
    given(decider, added('wang'))
      .when(change('wang', { role: 'user', phone: null }))
      .thenNothing();
  });

  it('compares with what held on its date', () => {
    given(decider, added('wang', { attitude: 0 }), changed('wang', { attitude: 2 }))
      .when(change('wang', { attitude: 2, at: '2026-05-01T00:00:00.000Z' }))
      .thenEvents(changed('wang', { attitude: 2 }, '2026-05-01T00:00:00.000Z'));
  });

  it('refuses a contact that is unknown, or was only added later', () => {
    given(decider)
      .when(change('wang', { attitude: 1 }))
      .thenRejected('contact-not-found');
    given(decider, added('wang'))
      .when(change('wang', { attitude: 1, at: EARLY }))
      .thenRejected('out-of-order', { addedAt: AT });
  });

  it('refuses one that has left by then, but not a change of before', () => {
    const past = [added('wang'), departed('wang', '2026-04-01T00:00:00.000Z')];
    given(decider, ...past)
      .when(change('wang', { attitude: 1 }))
      .thenRejected('contact-departed');
    given(decider, ...past)
      .when(change('wang', { attitude: 1, at: AT }))
      .thenEvents(changed('wang', { attitude: 1 }, AT));
  });

  it('does not take name and role away', () => {
    given(decider, added('wang'))
      .when(change('wang', { name: null }))
      .thenRejected('name-required');
    given(decider, added('wang'))
      .when(change('wang', { role: null }))
      .thenRejected('role-required');
  });

  it('refuses to go round in a circle of reports', () => {
    const chain = [added('a'), added('b', { reportsTo: 'a' }), added('c', { reportsTo: 'b' })];
    given(decider, ...chain)
      .when(change('a', { reportsTo: 'c' }))
      .thenRejected('circular-report', { reportsTo: 'c' });
    given(decider, ...chain)
      .when(change('a', { reportsTo: 'a' }))
      .thenRejected('circular-report');
    given(decider, ...chain)
      .when(change('a', { reportsTo: 'x' }))
      .thenRejected('contact-not-found');
    given(decider, ...chain)
      .when(change('c', { reportsTo: 'a' }))
      .thenEvents(changed('c', { reportsTo: 'a' }));
  });
});

describe('the departure of a contact', () => {
  it('is recorded on its date', () => {
    given(decider, added('wang')).when(depart('wang')).thenEvents(departed('wang'));
  });

  it('is nothing new for one who had left by then, but an earlier one is', () => {
    given(decider, added('wang'), departed('wang')).when(depart('wang', '2026-07-01T00:00:00.000Z')).thenNothing();
    given(decider, added('wang'), departed('wang')).when(depart('wang', AT)).thenEvents(departed('wang', AT));
    given(decider, added('wang'), departed('wang', AT), departed('wang')).when(depart('wang', AT)).thenNothing();
  });

  it('is refused for a contact that is unknown, or was only added later', () => {
    given(decider).when(depart('wang')).thenRejected('contact-not-found');
    given(decider, added('wang')).when(depart('wang', EARLY)).thenRejected('out-of-order');
  });
});

describe('the preparation of what is said of a contact', () => {
  const preparation = {
    subjectId: 'acme',
    seal: async (personId: string, field: string, text: string) => `${personId} ${field} ${text}`,
  } as unknown as CommandPreparation;

  it.each([addContact, changeContact])('seals what is personal and nothing else: $type', async ({ prepare }) => {
    const data: JsonObject = {
      contactId: 'wang',
      name: 'Wang',
      role: 'user',
      email: null,
      phone: '1',
      attitude: 1,
      at: AT,
    };
    expect(await prepare?.(data, preparation)).toEqual({
      ...data,
      name: 'acme/wang name Wang',
      phone: 'acme/wang phone 1',
    });
    expect(await prepare?.({ contactId: 'wang', preferences: 'Mail.' }, preparation)).toEqual({
      contactId: 'wang',
      preferences: 'acme/wang preferences Mail.',
    });
  });
});
