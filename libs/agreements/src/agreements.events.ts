import type { DomainEvent, EventTypes } from '#event-sourcing';

/** Terms that are a favour to the customer: what makes a relationship special (guard `special-term-in-force`). */
export const SPECIAL_TERM_KINDS = [
  'price',
  'discount',
  'rate',
  'priority-restock',
  'samples',
  'custom-solution',
] as const;

export const TERM_KINDS = [...SPECIAL_TERM_KINDS, 'payment', 'delivery', 'other'] as const;

export type TermKind = (typeof TERM_KINDS)[number];

const SPECIAL: ReadonlySet<string> = new Set(SPECIAL_TERM_KINDS);

export function isSpecialTerm({ kind }: { readonly kind: string }): boolean {
  return SPECIAL.has(kind);
}

/** Money as a decimal string, shares and counts as numbers: whichever was sent. */
export type TextOrNumber = number | string;

/** One term of an agreement. Value and limit stand as they were sent; `text` names their unit where it is not plain. */
export type AgreementTerm = {
  readonly kind: TermKind;
  /** What is granted: a price, a share, a number of days or samples. */
  readonly value?: TextOrNumber;
  /** The most that may be granted in all. */
  readonly limit?: TextOrNumber;
  readonly text?: string;
};

/** One aim of a joint plan. */
export type PlanObjective = {
  readonly text: string;
  /** What is measured, such as `revenue`. */
  readonly measure?: string;
  /** What the measure should reach, as it was sent. */
  readonly target?: TextOrNumber;
  /** `YYYY-MM-DD` */
  readonly due?: string;
};

/** Signed at the event's `occurredAt`. */
export const AGREEMENT_SIGNED = 'agreement-signed.v1';
export interface AgreementSignedData {
  readonly agreementId: string;
  /** First and last day of its term, `YYYY-MM-DD`, both included. */
  readonly start: string;
  readonly end: string;
  readonly terms: readonly AgreementTerm[];
}
export type AgreementSigned = DomainEvent<typeof AGREEMENT_SIGNED, AgreementSignedData>;

/** Ended before its time, or given up, at the event's `occurredAt`. */
export const AGREEMENT_LAPSED = 'agreement-lapsed.v1';
export interface AgreementLapsedData {
  readonly agreementId: string;
  readonly reason?: string;
}
export type AgreementLapsed = DomainEvent<typeof AGREEMENT_LAPSED, AgreementLapsedData>;

/** Adopted by both sides at the event's `occurredAt`. */
export const PLAN_ADOPTED = 'plan-adopted.v1';
export interface PlanAdoptedData {
  readonly planId: string;
  readonly objectives: readonly PlanObjective[];
}
export type PlanAdopted = DomainEvent<typeof PLAN_ADOPTED, PlanAdoptedData>;

export type AgreementsEvent = AgreementSigned | AgreementLapsed | PlanAdopted;

export const agreementsEvents: EventTypes = { types: [AGREEMENT_SIGNED, AGREEMENT_LAPSED, PLAN_ADOPTED] };

/** All that decides whether an agreement is in force; instants in UTC with milliseconds. */
export interface AgreementDates {
  /** `YYYY-MM-DD`, both included. */
  readonly start: string;
  readonly end: string;
  readonly signedAt: string;
  readonly lapsedAt?: string | null;
}

/**
 * Whether an agreement is in force on a day: the day lies in its term, it was signed by then and had not lapsed by then.
 * So it is no longer in force on the very day on which it lapsed, once the day is over.
 *
 * @param day `YYYY-MM-DD` in the ledger's zone
 * @param until the facts that count are those dated up to this instant (UTC, milliseconds): the day's last one for a
 *   question as of the day, the very moment for a guard
 */
export function inForceOn(agreement: AgreementDates, day: string, until: string): boolean {
  const { start, end, signedAt, lapsedAt } = agreement;
  // All of the texts have a fixed width, so that they compare as what they stand for.
  if (signedAt > until || (lapsedAt != null && lapsedAt <= until)) return false;
  return start <= day && day <= end;
}
