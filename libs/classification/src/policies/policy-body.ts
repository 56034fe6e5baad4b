import { IsBoolean, IsIn, IsInt, IsNumber, IsObject, IsOptional, Max, Min } from 'class-validator';
import type { JsonObject } from '#event-sourcing';
import { IsDate, IsIdentifier, IsInstant, IsNumberOrDecimal, IsText, ListOf } from '#platform';

const MAX_CRITERIA = 50;
const MAX_GATES = 20;
const MAX_TIERS = 20;

export class GateBody {
  /** A metric id of formulas.md, or `appraisal:<criterion>`. */
  @IsText({ max: 80 })
  metric!: string;

  @IsIn(['>', '>=', '<', '<='])
  op!: string;

  /** In the metric's own unit, compared exactly. */
  @IsNumberOrDecimal()
  value!: number | string;
}

export class CriterionBody {
  /** Unique in the policy; left out: the metric's id. */
  @IsOptional()
  @IsIdentifier()
  key?: string;

  /** A metric id of formulas.md, or `appraisal:<criterion>`. */
  @IsText({ max: 80 })
  metric!: string;

  /** Above 0. */
  @IsNumber()
  @Min(0)
  @Max(1_000_000_000)
  weight!: number;

  /** What becomes of an account without a value; default `exclude`. */
  @IsOptional()
  @IsIn(['exclude', 'lowest', 'block'])
  missing?: string;

  /** `{type: "bands", bounds}`, `{type: "quantile", bins}`, `{type: "linear", min, max}` or `{type: "judgement"}`. */
  @IsObject()
  scale!: JsonObject;
}

export class TierBody {
  @IsText({ max: 64 })
  tier!: string;

  @IsOptional()
  @IsBoolean()
  selected?: boolean;

  @IsOptional()
  @IsBoolean()
  requireGates?: boolean;

  @IsOptional()
  @IsNumber()
  minScore?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  maxRank?: number;
}

/** A policy as it is sent. What class-validator cannot say is checked in policy-form.ts. */
export class PolicyBody {
  @IsText({ max: 200 })
  name!: string;

  /** Months of the metrics' window; null: all history; left out: 12. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(120)
  windowMonths?: number | null;

  @IsOptional()
  @ListOf(() => GateBody, { min: 0, max: MAX_GATES })
  gates?: GateBody[];

  @ListOf(() => CriterionBody, { min: 1, max: MAX_CRITERIA })
  criteria!: CriterionBody[];

  /** Share of the weights that must be known for a score; default 0. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  minCoverage?: number;

  /** `{top | minScore | cumulativeRevenue, requireGates}`; left out: nobody is a candidate. */
  @IsOptional()
  @IsObject()
  selection?: JsonObject;

  @IsOptional()
  @ListOf(() => TierBody, { min: 0, max: MAX_TIERS })
  tiers?: TierBody[];

  /** With it an administrator drafts and publishes at once. May lie in the past. */
  @IsOptional()
  @IsDate()
  effectiveFrom?: string;

  @IsOptional()
  @IsInstant()
  at?: string;
}

/** The members of a body that belong to the policy; the others speak of the command. */
export const POLICY_MEMBERS: readonly string[] = [
  'name',
  'windowMonths',
  'gates',
  'criteria',
  'minCoverage',
  'selection',
  'tiers',
];
