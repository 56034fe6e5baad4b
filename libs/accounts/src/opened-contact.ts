import type { PersonalData } from '#platform';
import type { BuyingRole } from './accounts.events.js';
import type { ContactDocument } from './contact-document.js';
import { personIdOf, SEALED_FIELDS } from './sealed-contact.js';

/** A contact as the API shows it. */
export type OpenedContact = {
  readonly contactId: string;
  readonly role: BuyingRole;
  /** Null when the person was erased. */
  readonly name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  /** −2 to 2. */
  readonly attitude: number | null;
  readonly reportsTo: string | null;
  readonly preferences: string | null;
  /** Instants. */
  readonly addedAt: string;
  readonly departedAt: string | null;
};

/** Decrypts what is personal of a contact. */
export async function openedContact(document: ContactDocument, personalData: PersonalData): Promise<OpenedContact> {
  const { accountId, contactId, role, attitude, reportsTo, addedAt, departedAt } = document;
  const personId = personIdOf(accountId, contactId);
  const [name = null, email = null, phone = null, preferences = null] = await Promise.all(
    SEALED_FIELDS.map((field) => {
      const sealed = document[field];
      return sealed === null ? null : personalData.open(personId, field, sealed);
    }),
  );
  return {
    contactId,
    role,
    name,
    email,
    phone,
    attitude: attitude === null ? null : Number(attitude),
    reportsTo,
    preferences,
    addedAt,
    departedAt,
  };
}
