import { IsOptional } from 'class-validator';
import { defineCommand, IsInstant, IsText } from '#platform';

export class LapseAgreement {
  @IsOptional()
  @IsText({ max: 2_000 })
  reason?: string;

  /** When it lapsed; default: now. */
  @IsOptional()
  @IsInstant()
  at?: string;
}

export const lapseAgreement = defineCommand({
  type: 'lapse-agreement',
  summary: 'Record that an agreement lapsed, before its term was over or without being renewed',
  body: LapseAgreement,
  subject: 'account',
  permission: 'account-commands',
  params: ['agreementId'],
  dateField: 'at',
  example: { at: '2026-06-30T18:00:00+08:00', reason: 'The customer moved its buying to another group company' },
});
