import { IsOptional } from 'class-validator';
import { defineCommand, IsIdentifier, IsInstant, IsText } from '#platform';

/** What an import tells of the account that a row belongs to. */
export class EnsureAccount {
  @IsIdentifier()
  accountId!: string;

  @IsOptional()
  @IsText({ max: 200 })
  name?: string;

  @IsOptional()
  @IsText({ max: 100 })
  industry?: string;

  @IsOptional()
  @IsText({ max: 100 })
  region?: string;

  @IsOptional()
  @IsIdentifier()
  groupId?: string;

  @IsOptional()
  @IsInstant()
  at?: string;
}

/**
 * Registers an account where there is none, under its id as a provisional name where no name is told. A provisional
 * account for which a name is told gets it, with all else that is told; any other stays as it is. It has no route: imports
 * send it.
 */
export const ensureAccount = defineCommand({
  type: 'ensure-account',
  summary: 'Make sure that an account is registered',
  body: EnsureAccount,
  subject: 'account',
  permission: 'account-commands',
  creates: { field: 'accountId', prefix: 'acc' },
  example: { accountId: '12346', at: '2011-01-18T10:01:00Z' },
});
