import { List, Map as PersistentMap } from 'immutable';
import {
  type Command,
  contentHash,
  type Decision,
  type DomainEvent,
  type JsonObject,
  type JsonValue,
  KeyedState,
  type Rejection,
  reject,
  type ValueForm,
} from '#event-sourcing';
import {
  type BuyingRole,
  CONTACT_ADDED,
  CONTACT_CHANGED,
  CONTACT_DEPARTED,
  type ContactAddedData,
  type ContactChangedData,
} from './accounts.events.js';
import {
  newestValue,
  readTimeline,
  SINCE_EVER,
  type Timeline,
  valueAt,
  withFact,
  writtenTimeline,
} from './timeline.js';

/** What is said of a contact; name, email, phone and preferences come sealed. Null: there is none. */
interface StatedContact {
  readonly role?: BuyingRole | null;
  readonly name?: string | null;
  readonly email?: string | null;
  readonly phone?: string | null;
  readonly attitude?: number | null;
  readonly reportsTo?: string | null;
  readonly preferences?: string | null;
}

interface AboutContact {
  readonly accountId: string;
  readonly contactId: string;
  readonly at: string;
}

export type AddContactCommand = Command<
  'add-contact',
  StatedContact & AboutContact & { readonly role: BuyingRole; readonly name: string }
>;
/** A member left out leaves what is known. */
export type ChangeContactCommand = Command<'change-contact', StatedContact & AboutContact>;
export type RecordDepartureCommand = Command<'record-departure', AboutContact>;

type ContactField = keyof StatedContact;

interface ContactState {
  /** Hash of what was said when it was added. */
  readonly content: string;
  readonly addedAt: string;
  readonly departedAt: string | null;
  readonly fields: PersistentMap<ContactField, Timeline<string | number | null>>;
}

export type ContactsState = KeyedState<ContactState>;

const CONTACT_FIELDS: readonly ContactField[] = [
  'role',
  'name',
  'email',
  'phone',
  'attitude',
  'reportsTo',
  'preferences',
];

type WrittenContact = readonly [
  content: string,
  addedAt: string,
  departedAt: string | null,
  fields: readonly (readonly [field: ContactField, timeline: JsonValue])[],
];

const contactForm: ValueForm<ContactState> = {
  write: ({ content, addedAt, departedAt, fields }) => [
    content,
    addedAt,
    departedAt,
    [...fields].map(([field, timeline]) => [field, writtenTimeline(timeline)]),
  ],
  read(json) {
    const [content, addedAt, departedAt, fields] = json as WrittenContact;
    return {
      content,
      addedAt,
      departedAt,
      fields: PersistentMap(fields.map(([field, timeline]) => [field, readTimeline(timeline)])),
    };
  },
};

export const noContacts: ContactsState = KeyedState.empty('accounts.contacts', contactForm);

export function evolveContacts(state: ContactsState, event: DomainEvent<string, object>): ContactsState {
  switch (event.type) {
    case CONTACT_ADDED: {
      const data = event.data as ContactAddedData;
      return state.set(data.contactId, {
        content: contentHash(stated(data)),
        addedAt: event.occurredAt,
        departedAt: null,
        fields: withFields(PersistentMap(), SINCE_EVER, data),
      });
    }
    case CONTACT_CHANGED: {
      const data = event.data as ContactChangedData;
      return withContact(state, data.contactId, (contact) => ({
        ...contact,
        fields: withFields(contact.fields, event.occurredAt, data),
      }));
    }
    case CONTACT_DEPARTED: {
      const { contactId } = event.data as { readonly contactId: string };
      return withContact(state, contactId, (contact) => ({
        ...contact,
        departedAt: earlier(contact, event.occurredAt),
      }));
    }
    default:
      return state;
  }
}

export function decideAddition({ data }: AddContactCommand, state: ContactsState): Decision {
  const said = stated(data);
  const known = state.get(data.contactId);
  if (known !== undefined) {
    if (known.content === contentHash(said)) return [];
    return reject('conflict', 'id-exists', `The account has a contact ${data.contactId} with other content already.`);
  }
  const refusal = refusedReport(data.contactId, data.reportsTo, state);
  if (refusal !== undefined) return refusal;
  return [{ type: CONTACT_ADDED, data: { contactId: data.contactId, ...said }, occurredAt: data.at }];
}

export function decideChange({ data }: ChangeContactCommand, state: ContactsState): Decision {
  const contact = knownContact(data, state);
  if ('rejected' in contact) return contact;
  if (data.name === null) return reject('rule', 'name-required', 'The name of a contact cannot be taken away.');
  if (data.role === null) return reject('rule', 'role-required', 'The role of a contact cannot be taken away.');
  const changed = CONTACT_FIELDS.filter(
    (field) => data[field] !== undefined && data[field] !== fieldAt(contact, field, data.at),
  );
  if (changed.length === 0) return [];
  if (contact.departedAt !== null && contact.departedAt <= data.at) {
    return reject('rule', 'contact-departed', `The contact ${data.contactId} had left by then.`);
  }
  const refusal = changed.includes('reportsTo') ? refusedReport(data.contactId, data.reportsTo, state) : undefined;
  if (refusal !== undefined) return refusal;
  const changes = Object.fromEntries(changed.map((field) => [field, data[field]]));
  return [{ type: CONTACT_CHANGED, data: { contactId: data.contactId, ...changes }, occurredAt: data.at }];
}

export function decideDeparture({ data }: RecordDepartureCommand, state: ContactsState): Decision {
  const contact = knownContact(data, state);
  if ('rejected' in contact) return contact;
  if (contact.departedAt !== null && contact.departedAt <= data.at) return [];
  return [{ type: CONTACT_DEPARTED, data: { contactId: data.contactId }, occurredAt: data.at }];
}

function knownContact({ contactId, at }: AboutContact, state: ContactsState): ContactState | Rejection {
  const contact = state.get(contactId);
  if (contact === undefined) {
    return reject('not-found', 'contact-not-found', `The account has no contact ${contactId}.`);
  }
  if (at < contact.addedAt) {
    return reject('rule', 'out-of-order', `The contact ${contactId} was added only after that date.`, {
      addedAt: contact.addedAt,
    });
  }
  return contact;
}

/** A superior must be another contact of the account, departed or not, and must not report to this one in turn. */
function refusedReport(
  contactId: string,
  reportsTo: string | null | undefined,
  state: ContactsState,
): Rejection | undefined {
  if (reportsTo === undefined || reportsTo === null) return undefined;
  if (reportsTo !== contactId && !state.has(reportsTo)) {
    return reject('not-found', 'contact-not-found', `The account has no contact ${reportsTo} to report to.`, {
      reportsTo,
    });
  }
  const seen = new Set<string>();
  let superior: string | null = reportsTo;
  while (superior !== null && !seen.has(superior)) {
    if (superior === contactId) {
      return reject('rule', 'circular-report', `The contact ${contactId} would report to itself.`, { reportsTo });
    }
    seen.add(superior);
    const next: unknown = newestValue(state.get(superior)?.fields.get('reportsTo') ?? List());
    superior = typeof next === 'string' ? next : null;
  }
  return undefined;
}

function fieldAt(contact: ContactState, field: ContactField, at: string): string | number | null {
  return valueAt(contact.fields.get(field) ?? List<never>(), at) ?? null;
}

/** What is said, without what is not. */
function stated(contact: ContactAddedData | AddContactCommand['data']): JsonObject {
  return Object.fromEntries(
    CONTACT_FIELDS.flatMap((field) => {
      const value = contact[field];
      return value === undefined || value === null ? [] : [[field, value]];
    }),
  );
}

function withFields(fields: ContactState['fields'], at: string, said: StatedContact): ContactState['fields'] {
  return CONTACT_FIELDS.reduce((all, field) => {
    const value = said[field];
    return value === undefined ? all : all.set(field, withFact(all.get(field) ?? List(), at, value));
  }, fields);
}

function withContact(
  state: ContactsState,
  contactId: string,
  change: (contact: ContactState) => ContactState,
): ContactsState {
  const contact = state.get(contactId);
  return contact === undefined ? state : state.set(contactId, change(contact));
}

function earlier({ departedAt }: ContactState, at: string): string {
  return departedAt !== null && departedAt < at ? departedAt : at;
}
