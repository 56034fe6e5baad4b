import type { DomainEvent, EventTypes } from '#event-sourcing';

/** How a visit was made. */
export type VisitChannel = 'on-site' | 'phone' | 'video' | 'mail' | 'other';

/** What was agreed to happen after a visit. */
export type NextStep = {
  readonly text: string;
  /** `YYYY-MM-DD` */
  readonly due?: string;
};

export const VISIT_LOGGED = 'visit-logged.v1';
export type VisitLoggedData = {
  readonly visitId: string;
  readonly channel: VisitChannel;
  /** Ids of contacts of the account; never names. */
  readonly participants?: readonly string[];
  readonly summary?: string;
  readonly needs?: readonly string[];
  readonly issues?: readonly string[];
  readonly nextStep?: NextStep;
};
/** Somebody spoke with the customer. */
export type VisitLogged = DomainEvent<typeof VISIT_LOGGED, VisitLoggedData>;

export const CADENCE_SET = 'cadence-set.v1';
export type CadenceSetData = {
  /** ISO 8601 period: `P1M`, `P3M`, `P14D`. */
  readonly every: string;
  /** Days after the due day on which a visit is not yet overdue. */
  readonly graceDays: number;
  /** `YYYY-MM-DD`: from when on it counts, and where an account without a visit is counted from. */
  readonly start?: string;
};
/** From this date on the customer is to be visited in this rhythm; it takes the place of the one before. */
export type CadenceSet = DomainEvent<typeof CADENCE_SET, CadenceSetData>;

export type EngagementEvent = VisitLogged | CadenceSet;

export const engagementEvents: EventTypes = { types: [VISIT_LOGGED, CADENCE_SET] };
