import { IsOptional } from 'class-validator';
import { defineCommand, IsDate, IsInstant } from '#platform';
import { versionAnswer } from '../policies/policy-commands.js';

export class PublishVersion {
  /** First day on which it may be in force; may lie in the past. */
  @IsDate()
  effectiveFrom!: string;

  @IsOptional()
  @IsInstant()
  at?: string;
}

export const publishVersion = defineCommand({
  type: 'publish-version',
  summary: 'Publish a policy version from a day on',
  body: PublishVersion,
  subject: 'policy',
  permission: 'administration',
  params: ['version'],
  answer: (events, data) => versionAnswer(events, data, 'published'),
  example: { effectiveFrom: '2026-01-01' },
});
