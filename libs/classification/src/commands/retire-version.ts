import { IsOptional } from 'class-validator';
import { defineCommand, IsInstant, IsText } from '#platform';
import { versionAnswer } from '../policies/policy-commands.js';

export class RetireVersion {
  @IsOptional()
  @IsText({ max: 2_000 })
  reason?: string;

  @IsOptional()
  @IsInstant()
  at?: string;
}

export const retireVersion = defineCommand({
  type: 'retire-version',
  summary: 'Retire a policy version: from that day on it is not in force',
  body: RetireVersion,
  subject: 'policy',
  permission: 'administration',
  params: ['version'],
  answer: (events, data) => versionAnswer(events, data, 'retired'),
  example: { reason: 'Replaced by version 2.' },
});
