import { IsOptional } from 'class-validator';
import { defineCommand, IsInstant } from '#platform';
import { versionAnswer } from '../policies/policy-commands.js';

export class ApproveVersion {
  @IsOptional()
  @IsInstant()
  at?: string;
}

export const approveVersion = defineCommand({
  type: 'approve-version',
  summary: "Approve somebody else's draft of a policy version",
  body: ApproveVersion,
  subject: 'policy',
  permission: 'policy-approvals',
  params: ['version'],
  answer: (events, data) => versionAnswer(events, data, 'approved'),
  example: {},
});
