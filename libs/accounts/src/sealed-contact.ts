import type { JsonObject } from '#event-sourcing';
import type { CommandPreparation } from '#platform';

/** What of a contact is personal data: in events and read models it is ciphertext. */
export const SEALED_FIELDS = ['name', 'email', 'phone', 'preferences'] as const;

/** Under this name a contact's key is kept. */
export function personIdOf(accountId: string, contactId: string): string {
  return `${accountId}/${contactId}`;
}

/** The data of a command about a contact, with what is personal in it sealed under the contact's own key. */
export async function withSealedFields(data: JsonObject, preparation: CommandPreparation): Promise<JsonObject> {
  const personId = personIdOf(preparation.subjectId, String(data.contactId));
  const sealed = await Promise.all(
    SEALED_FIELDS.map(async (field): Promise<JsonObject> => {
      const text = data[field];
      return typeof text === 'string' ? { [field]: await preparation.seal(personId, field, text) } : {};
    }),
  );
  return Object.assign({}, data, ...sealed);
}
