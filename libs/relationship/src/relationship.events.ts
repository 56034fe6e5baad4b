import type { DomainEvent, EventTypes } from '#event-sourcing';

/** The depths of a relationship, in order, and its falling apart, which is reached from any of them. */
export const STAGES = ['exploratory', 'cooperative', 'interdependent', 'integrated', 'disintegrating'] as const;

export type Stage = (typeof STAGES)[number];

/** The stage of every account from its earliest fact until its first transition. */
export const FIRST_STAGE: Stage = 'exploratory';

/** A condition of a stage that does not hold: what it asks for, and what there is. Counts and points are numbers. */
export type UnmetGuard = {
  /** Kebab case, part of the API: see stage-guards.ts. */
  readonly guard: string;
  readonly required: number | string;
  /** Null where nothing is known. */
  readonly actual: number | string | null;
};

/** What every transition states; it happened at the event's `occurredAt`. */
export interface TransitionData {
  readonly from: Stage;
  readonly to: Stage;
  /** Instant at which `from` was entered; left out while the account was in its first stage. */
  readonly fromSince?: string;
  readonly evidence?: string;
}

/** One stage deeper, or from disintegrating back to cooperative. */
export const STAGE_ADVANCED = 'stage-advanced.v1';
export interface StageAdvancedData extends TransitionData {
  readonly reason?: string;
  /** Set when a manager let the account pass although guards were unmet: then with the reason, and these guards. */
  readonly override?: true;
  readonly unmet?: readonly UnmetGuard[];
}
export type StageAdvanced = DomainEvent<typeof STAGE_ADVANCED, StageAdvancedData>;

/** One stage back. */
export const STAGE_REGRESSED = 'stage-regressed.v1';
export interface StageRegressedData extends TransitionData {
  readonly reason: string;
}
export type StageRegressed = DomainEvent<typeof STAGE_REGRESSED, StageRegressedData>;

export const DISINTEGRATION_DECLARED = 'disintegration-declared.v1';
export interface DisintegrationDeclaredData extends TransitionData {
  readonly to: 'disintegrating';
  readonly reason: string;
}
export type DisintegrationDeclared = DomainEvent<typeof DISINTEGRATION_DECLARED, DisintegrationDeclaredData>;

export type RelationshipEvent = StageAdvanced | StageRegressed | DisintegrationDeclared;

export const relationshipEvents: EventTypes = { types: [STAGE_ADVANCED, STAGE_REGRESSED, DISINTEGRATION_DECLARED] };
