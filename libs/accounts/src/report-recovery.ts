import { IsOptional } from 'class-validator';
import { defineCommand, IsInstant, IsText } from '#platform';

/** The body of `POST /v1/accounts/{accountId}/recovery`. */
export class ReportRecovery {
  @IsText({ max: 1_000 })
  reason!: string;

  /** From whom the account was won back. */
  @IsOptional()
  @IsText({ max: 200 })
  competitor?: string;

  @IsInstant()
  at!: string;
}

/** Reports that a lost account is back. Refused: 422 `account-not-lost`. */
export const reportRecovery = defineCommand({
  type: 'report-recovery',
  summary: 'Report that a lost account is back',
  body: ReportRecovery,
  subject: 'account',
  permission: 'account-commands',
  example: { at: '2026-11-02T09:00:00+08:00', reason: 'Their new supplier missed two deliveries.' },
});
