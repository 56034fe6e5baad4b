import type { Document } from '#event-sourcing';
import type { BuyingRole } from './accounts.events.js';
import type { Dated } from './timeline.js';

/** What is known of a contact; name, email, phone and preferences are ciphertext. */
export type ContactFields = {
  readonly role: BuyingRole;
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly attitude: bigint | null;
  readonly reportsTo: string | null;
  readonly preferences: string | null;
};

/** Changes as their events have them, with the attitude as a number. */
export type ContactChanges = {
  readonly [Field in keyof ContactFields]?: Field extends 'attitude' ? number | null : ContactFields[Field];
};

/** A document of the collection `contacts`: a contact once all facts count, with what was known in the past. */
export type ContactDocument = Document &
  ContactFields & {
    readonly accountId: string;
    readonly contactId: string;
    readonly addedAt: string;
    readonly departedAt: string | null;
    /** What was said of the contact, the first since ever, then by date. Null: the fields have held since ever. */
    readonly history: readonly Dated<ContactChanges>[] | null;
  };

const UNKNOWN = { email: null, phone: null, attitude: null, reportsTo: null, preferences: null } as const;

/** What several changes, in this order, make. */
export function folded(history: readonly Dated<ContactChanges>[]): ContactFields {
  const said: ContactChanges = Object.assign({}, ...history.map(([, changes]) => changes));
  const { attitude } = said;
  return {
    ...UNKNOWN,
    ...said,
    attitude: attitude === null || attitude === undefined ? null : BigInt(attitude),
  } as ContactFields;
}

/** What was known of a contact by the facts dated before an instant; `undefined` when it was not there yet. */
export function contactBefore(document: ContactDocument, instant: string): ContactDocument | undefined {
  if (document.addedAt >= instant) return undefined;
  const { departedAt, history } = document;
  return {
    ...document,
    ...(history === null ? {} : folded(history.filter(([at]) => at < instant))),
    departedAt: departedAt !== null && departedAt < instant ? departedAt : null,
  };
}
