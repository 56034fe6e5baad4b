import type { DomainEvent, EventTypes } from '#event-sourcing';

/** Somebody judged an account by a criterion. On the account's stream. */
export const ACCOUNT_APPRAISED = 'account-appraised.v1';
/** A version of a policy was written down. This and the following are on the policy's stream. */
export const POLICY_DRAFTED = 'policy-drafted.v1';
export const POLICY_APPROVED = 'policy-approved.v1';
export const POLICY_PUBLISHED = 'policy-published.v1';
export const POLICY_RETIRED = 'policy-retired.v1';

export interface AccountAppraisedData {
  /** `potential`, `strategic-fit`, … or any other name; the metric is `appraisal:<criterion>`. */
  readonly criterion: string;
  /** 1 to 10. */
  readonly points: number;
  readonly evidence?: string;
}

/** How a raw value becomes points from 1 to 10; bounds and ends are in the metric's own unit, money in whole units. */
export type Scale =
  /** Points are the 1-based index of the highest bound reached; below the first, 1. */
  | { readonly type: 'bands'; readonly bounds: readonly number[] }
  /** Bin k of n of the accounts that have a value gives 1 + 9 (k − 1)/(n − 1). */
  | { readonly type: 'quantile'; readonly bins: number }
  /** min gives 1, max gives 10, clamped. */
  | { readonly type: 'linear'; readonly min: number; readonly max: number }
  /** The value is the points. */
  | { readonly type: 'judgement' };

/** What becomes of an account whose value is not known: the criterion is left out, counts 1 point, or there is no score. */
export type Missing = 'exclude' | 'lowest' | 'block';

export interface Criterion {
  /** Unique in the policy. */
  readonly key: string;
  /** A metric id of formulas.md. */
  readonly metric: string;
  /** Above 0. */
  readonly weight: number;
  readonly missing: Missing;
  readonly scale: Scale;
}

export type Comparator = '>' | '>=' | '<' | '<=';

/** A raw value compared with a threshold; an unknown value fails. */
export interface Gate {
  readonly metric: string;
  readonly op: Comparator;
  /** A number, or a decimal string, in the metric's own unit. */
  readonly value: number | string;
}

/** Which of the ranked accounts are candidates; exactly one of the first three. */
export interface Selection {
  /** The first so many. */
  readonly top?: number;
  readonly minScore?: number;
  /** The fewest top accounts that together reach this share of positive revenue. */
  readonly cumulativeRevenue?: number;
  /** Only among the accounts that pass every gate. */
  readonly requireGates: boolean;
}

/** A tier, and the conditions that all must hold; one that is left out or false is none. */
export interface TierRule {
  readonly tier: string;
  readonly selected?: boolean;
  readonly requireGates?: boolean;
  readonly minScore?: number;
  readonly maxRank?: number;
}

/** A scoring matrix: what a version of a policy says. */
export interface Policy {
  readonly name: string;
  /** Months of the metrics' window; null: all history. */
  readonly windowMonths: number | null;
  readonly gates: readonly Gate[];
  readonly criteria: readonly Criterion[];
  /** Share of the weights, 0 to 1, whose criteria must be known for there to be a score. */
  readonly minCoverage: number;
  /** Null: nobody is a candidate. */
  readonly selection: Selection | null;
  /** The first whose conditions hold is the account's. */
  readonly tiers: readonly TierRule[];
}

export interface PolicyDraftedData {
  readonly policyId: string;
  /** From 1, each one above the one before. */
  readonly version: number;
  readonly policy: Policy;
  /** Who drafted it, and may therefore not approve it. */
  readonly draftedBy: string;
}

export interface PolicyApprovedData {
  readonly policyId: string;
  readonly version: number;
}

export interface PolicyPublishedData {
  readonly policyId: string;
  readonly version: number;
  /** `YYYY-MM-DD`; may lie before the day of publication, or after. */
  readonly effectiveFrom: string;
}

export interface PolicyRetiredData {
  readonly policyId: string;
  readonly version: number;
  readonly reason?: string;
}

export type AccountAppraised = DomainEvent<typeof ACCOUNT_APPRAISED, AccountAppraisedData>;
export type PolicyDrafted = DomainEvent<typeof POLICY_DRAFTED, PolicyDraftedData>;
export type PolicyApproved = DomainEvent<typeof POLICY_APPROVED, PolicyApprovedData>;
export type PolicyPublished = DomainEvent<typeof POLICY_PUBLISHED, PolicyPublishedData>;
export type PolicyRetired = DomainEvent<typeof POLICY_RETIRED, PolicyRetiredData>;
export type PolicyEvent = PolicyDrafted | PolicyApproved | PolicyPublished | PolicyRetired;
export type ClassificationEvent = AccountAppraised | PolicyEvent;

export const classificationEvents: EventTypes = {
  types: [ACCOUNT_APPRAISED, POLICY_DRAFTED, POLICY_APPROVED, POLICY_PUBLISHED, POLICY_RETIRED],
};
