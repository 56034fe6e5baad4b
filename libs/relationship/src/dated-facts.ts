import { Map as ImmutableMap, List } from 'immutable';
import {
  CONTACT_ADDED,
  CONTACT_CHANGED,
  CONTACT_DEPARTED,
  type ContactAdded,
  type ContactChanged,
  type ContactDeparted,
} from '#accounts/events';
import {
  AGREEMENT_LAPSED,
  AGREEMENT_SIGNED,
  type AgreementDates,
  type AgreementsEvent,
  inForceOn,
  isSpecialTerm,
  PLAN_ADOPTED,
} from '#agreements/events';
import type { AccountAppraised } from '#classification/events';

/** A value that holds from an instant on; facts are learned in any order. */
export interface Dated<T> {
  /** Instant: UTC, milliseconds. */
  readonly at: string;
  readonly value: T;
}

/** The newest value dated up to an instant; of two at the same instant the one that was learned later. */
function newest<T>(facts: List<Dated<T>>, until: string): T | undefined {
  let found: Dated<T> | undefined;
  for (const fact of facts) {
    if (fact.at <= until && (found === undefined || fact.at >= found.at)) found = fact;
  }
  return found?.value;
}

export interface ContactFacts {
  readonly presence: List<Dated<boolean>>;
  readonly roles: List<Dated<string>>;
}

/** The contacts of an account, with all dates on which they came, went or changed their role. */
export type BuyingCentre = ImmutableMap<string, ContactFacts>;

export const NO_CONTACTS: BuyingCentre = ImmutableMap();

const UNKNOWN_CONTACT: ContactFacts = { presence: List(), roles: List() };

export function withContactEvent(
  contacts: BuyingCentre,
  event: ContactAdded | ContactChanged | ContactDeparted,
): BuyingCentre {
  const at = event.occurredAt;
  switch (event.type) {
    case CONTACT_ADDED: {
      const { contactId, role } = event.data;
      return contacts.update(contactId, UNKNOWN_CONTACT, ({ presence, roles }) => ({
        presence: presence.push({ at, value: true }),
        roles: roles.push({ at, value: role }),
      }));
    }
    case CONTACT_CHANGED: {
      const { contactId, role } = event.data;
      if (role === undefined) return contacts;
      return contacts.update(contactId, UNKNOWN_CONTACT, (contact) => ({
        ...contact,
        roles: contact.roles.push({ at, value: role }),
      }));
    }
    case CONTACT_DEPARTED:
      return contacts.update(event.data.contactId, UNKNOWN_CONTACT, (contact) => ({
        ...contact,
        presence: contact.presence.push({ at, value: false }),
      }));
  }
}

/** In how many different buying-centre roles contacts are present at an instant. */
export function rolesPresent(contacts: BuyingCentre, until: string): number {
  const roles = new Set<string>();
  for (const contact of contacts.values()) {
    const role = newest(contact.roles, until);
    if (role !== undefined && newest(contact.presence, until) === true) roles.add(role);
  }
  return roles.size;
}

export interface AgreementFacts extends AgreementDates {
  readonly specialTerms: number;
}

/** What an account has agreed with its customer. */
export interface Commitments {
  readonly agreements: ImmutableMap<string, AgreementFacts>;
  /** When each joint plan was adopted. */
  readonly plans: List<string>;
}

export const NO_COMMITMENTS: Commitments = { agreements: ImmutableMap(), plans: List() };

export function withAgreementEvent(commitments: Commitments, event: AgreementsEvent): Commitments {
  switch (event.type) {
    case AGREEMENT_SIGNED: {
      const { agreementId, start, end, terms } = event.data;
      const specialTerms = terms.filter(isSpecialTerm).length;
      const agreement = { start, end, signedAt: event.occurredAt, specialTerms };
      return { ...commitments, agreements: commitments.agreements.set(agreementId, agreement) };
    }
    case AGREEMENT_LAPSED: {
      const { agreementId } = event.data;
      const agreement = commitments.agreements.get(agreementId);
      if (agreement === undefined) return commitments;
      const lapsed = { ...agreement, lapsedAt: event.occurredAt };
      return { ...commitments, agreements: commitments.agreements.set(agreementId, lapsed) };
    }
    case PLAN_ADOPTED:
      return { ...commitments, plans: commitments.plans.push(event.occurredAt) };
  }
}

export interface CommitmentTotals {
  /** Agreements in force. */
  readonly agreements: number;
  /** Special terms of the agreements in force. */
  readonly specialTerms: number;
  /** Joint plans adopted. */
  readonly plans: number;
}

/** @param date `YYYY-MM-DD`, the day of `until` in the ledger's zone */
export function commitmentTotals({ agreements, plans }: Commitments, date: string, until: string): CommitmentTotals {
  let inForce = 0;
  let specialTerms = 0;
  for (const agreement of agreements.values()) {
    if (!inForceOn(agreement, date, until)) continue;
    inForce += 1;
    specialTerms += agreement.specialTerms;
  }
  return { agreements: inForce, specialTerms, plans: plans.count((adoptedAt) => adoptedAt <= until) };
}

/** Judgements of an account's potential. */
export type PotentialAppraisals = List<Dated<number>>;

export const NO_APPRAISALS: PotentialAppraisals = List();

export function withAppraisal(appraisals: PotentialAppraisals, event: AccountAppraised): PotentialAppraisals {
  const { criterion, points } = event.data;
  return criterion === 'potential' ? appraisals.push({ at: event.occurredAt, value: points }) : appraisals;
}

/** Points of the newest appraisal by an instant; null: never appraised by then. */
export function potentialAt(appraisals: PotentialAppraisals, until: string): number | null {
  return newest(appraisals, until) ?? null;
}
