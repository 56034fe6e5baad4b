import { IsOptional } from 'class-validator';
import { defineCommand, IsDate, IsIdentifier, IsInstant, IsText, IsTextOrNumber, ListOf } from '#platform';

/** One aim of the plan. */
export class PlanObjectiveBody {
  @IsText({ max: 2_000 })
  text!: string;

  /** What is measured, such as `revenue`. */
  @IsOptional()
  @IsText({ max: 200 })
  measure?: string;

  /** What the measure should reach: a number, or a text such as `20 %`. */
  @IsOptional()
  @IsTextOrNumber({ max: 200 })
  target?: number | string;

  @IsOptional()
  @IsDate()
  due?: string;
}

export class AdoptPlan {
  @IsOptional()
  @IsIdentifier()
  planId?: string;

  @IsInstant()
  adoptedAt!: string;

  @ListOf(() => PlanObjectiveBody, { min: 1, max: 50 })
  objectives!: PlanObjectiveBody[];
}

export const adoptPlan = defineCommand({
  type: 'adopt-plan',
  summary: 'Record that both sides adopted a joint plan',
  body: AdoptPlan,
  subject: 'account',
  permission: 'account-commands',
  creates: { field: 'planId', prefix: 'pln' },
  dateField: 'adoptedAt',
  example: {
    planId: 'joint-2026',
    adoptedAt: '2026-01-20T14:00:00+08:00',
    objectives: [
      { text: 'Double the business in the southern region', measure: 'revenue', target: '400000', due: '2026-12-31' },
      { text: 'One shared forecast a quarter' },
    ],
  },
});
