import { IsIn, IsOptional } from 'class-validator';
import { defineCommand, IsIdentifier, IsInstant } from '#platform';
import type { TeamRole } from './accounts.events.js';

/** In the order in which a team is listed. */
export const TEAM_ROLES: readonly TeamRole[] = ['key-account-manager', 'sales', 'after-sales', 'technical-adviser'];

/** The body of `POST /v1/accounts/{accountId}/team`. */
export class AssignMember {
  @IsIdentifier()
  member!: string;

  @IsIn(TEAM_ROLES)
  role!: TeamRole;

  @IsOptional()
  @IsInstant()
  at?: string;
}

/** Puts a member into the account's team; nothing new for one who held the role on that date. A member may hold several roles. */
export const assignMember = defineCommand({
  type: 'assign-member',
  makesNew: true,
  summary: 'Put a member into the team of the account',
  body: AssignMember,
  subject: 'account',
  permission: 'account-commands',
  example: { member: 'li-na', role: 'key-account-manager' },
});
