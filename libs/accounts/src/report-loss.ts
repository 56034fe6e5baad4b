import { IsOptional } from 'class-validator';
import { defineCommand, IsInstant, IsText } from '#platform';

/** The body of `POST /v1/accounts/{accountId}/loss`. */
export class ReportLoss {
  @IsText({ max: 1_000 })
  reason!: string;

  /** To whom the account was lost. */
  @IsOptional()
  @IsText({ max: 200 })
  competitor?: string;

  @IsInstant()
  at!: string;
}

/** Reports that the account is lost. Refused: 422 `account-already-lost`. */
export const reportLoss = defineCommand({
  type: 'report-loss',
  summary: 'Report that the account is lost',
  body: ReportLoss,
  subject: 'account',
  permission: 'account-commands',
  example: {
    at: '2026-09-30T17:00:00+08:00',
    reason: 'Undercut by 12 % on the frame contract.',
    competitor: 'Borealis',
  },
});
