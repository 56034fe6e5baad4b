import { IsNumber, IsOptional, Max, Min } from 'class-validator';
import { defineCommand, IsIdentifier, IsInstant, IsText } from '#platform';

export class AppraiseAccount {
  /** `potential`, `strategic-fit`, `market-share`, `industry-influence`, `competitive-position`, or any other name. */
  @IsIdentifier()
  criterion!: string;

  /** 1 to 10; fractions are allowed. */
  @IsNumber()
  @Min(1)
  @Max(10)
  points!: number;

  @IsInstant()
  at!: string;

  /** What the judgement rests on; no place for personal data. */
  @IsOptional()
  @IsText({ max: 2_000 })
  evidence?: string;
}

export const appraiseAccount = defineCommand({
  type: 'appraise-account',
  makesNew: true,
  summary: 'Judge an account by a criterion',
  body: AppraiseAccount,
  subject: 'account',
  permission: 'account-commands',
  example: {
    criterion: 'potential',
    points: 8,
    at: '2026-03-31T10:00:00+08:00',
    evidence: 'Three new plants open next year.',
  },
});
