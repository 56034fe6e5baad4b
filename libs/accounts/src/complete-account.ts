import { IsOptional } from 'class-validator';
import { defineCommand, IsIdentifier, IsInstant, IsText } from '#platform';
import { idExists } from './profile-decisions.js';

/** An account as a file of accounts has it. */
export class CompleteAccount {
  @IsIdentifier()
  accountId!: string;

  @IsText({ max: 200 })
  name!: string;

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
 * Registers an account where there is none, and fills in what is not known of one that is there, so that a file of
 * accounts may come after the files of their facts. It never changes what is known: that is refused with 409
 * `id-exists`. It has no route: imports send it.
 */
export const completeAccount = defineCommand({
  type: 'complete-account',
  summary: 'Register an account, or fill in what is not known of it',
  body: CompleteAccount,
  subject: 'account',
  permission: 'account-commands',
  creates: { field: 'accountId', prefix: 'acc' },
  taken: idExists,
  example: { accountId: '12346', name: 'Acme Bearings Ltd.', region: 'north' },
});
