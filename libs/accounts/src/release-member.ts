import { IsOptional } from 'class-validator';
import { defineCommand, IsInstant, IsText } from '#platform';

/** The body of `DELETE /v1/accounts/{accountId}/team/{member}`; it may be left out. */
export class ReleaseMember {
  /** What was handed over, and to which member. No place for personal data. */
  @IsOptional()
  @IsText({ max: 2_000 })
  handOver?: string;

  @IsOptional()
  @IsInstant()
  at?: string;
}

/**
 * Releases a member from every role held on that date; nothing new for one who held none by then.
 * Refused: 404 `member-not-found` for one who never was in the team.
 */
export const releaseMember = defineCommand({
  type: 'release-member',
  summary: 'Release a member from the team of the account',
  body: ReleaseMember,
  subject: 'account',
  permission: 'account-commands',
  params: ['member'],
  example: { handOver: 'Open offers and the joint plan are with chen-wei.' },
});
