import { List } from 'immutable';
import {
  type CollectionDefinition,
  type DocumentProjection,
  documents,
  type ProjectedEvent,
  subjectIdOf,
} from '#event-sourcing';
import {
  type AccountsEvent,
  CONTACT_ADDED,
  CONTACT_CHANGED,
  CONTACT_DEPARTED,
  type ContactAddedData,
} from '../accounts.events.js';
import { type ContactChanges, type ContactDocument, folded } from '../contact-document.js';
import { type Dated, SINCE_EVER, withFact } from '../timeline.js';

export const CONTACTS: CollectionDefinition = {
  name: 'contacts_v1',
  fields: {
    accountId: 'text',
    contactId: 'text',
    role: 'text',
    name: 'text',
    email: 'text',
    phone: 'text',
    attitude: 'integer',
    reportsTo: 'text',
    preferences: 'text',
    addedAt: 'text',
    departedAt: 'text',
    history: 'json',
  },
  key: ['accountId', 'contactId'],
};

/** One document a contact; what is personal in it stays ciphertext. */
export function contactsProjection(): DocumentProjection {
  return documents({
    name: 'contacts',
    version: 1,
    collection: CONTACTS,
    events: [CONTACT_ADDED, CONTACT_CHANGED, CONTACT_DEPARTED],
    keys: (event) => [[subjectIdOf(event), String(event.data.contactId)]],
    fold(document, event) {
      const at = event.metadata.occurredAt;
      const fact = { type: event.type, data: event.data, occurredAt: at } as AccountsEvent;
      switch (fact.type) {
        case CONTACT_ADDED:
          return added(event, fact.data);
        case CONTACT_CHANGED: {
          const { contactId: _, ...changes } = fact.data;
          return changed(present(document, event), at, changes);
        }
        case CONTACT_DEPARTED: {
          const contact = present(document, event);
          const { departedAt } = contact;
          return departedAt !== null && departedAt <= at ? contact : { ...contact, departedAt: at };
        }
        default:
          throw new Error(`${event.type} is no fact of a contact`);
      }
    },
  });
}

function added(event: ProjectedEvent, data: ContactAddedData): ContactDocument {
  const { contactId, ...said } = data;
  return {
    accountId: subjectIdOf(event),
    contactId,
    ...folded([[SINCE_EVER, said]]),
    addedAt: event.metadata.occurredAt,
    departedAt: null,
    history: null,
  };
}

function changed(contact: ContactDocument, at: string, changes: ContactChanges): ContactDocument {
  const before: readonly Dated<ContactChanges>[] = contact.history ?? [[SINCE_EVER, firstSaid(contact)]];
  const history = withFact(List(before), at, changes).toArray();
  return { ...contact, ...folded(history), history };
}

function firstSaid({ role, name, email, phone, attitude, reportsTo, preferences }: ContactDocument): ContactChanges {
  return { role, name, email, phone, attitude: attitude === null ? null : Number(attitude), reportsTo, preferences };
}

function present(document: unknown, { stream, revision }: ProjectedEvent): ContactDocument {
  if (document === undefined) throw new Error(`${stream} speaks of an unknown contact at revision ${revision}`);
  return document as ContactDocument;
}
