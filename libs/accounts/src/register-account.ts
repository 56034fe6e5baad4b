import { IsOptional } from 'class-validator';
import { defineCommand, IsIdentifier, IsInstant, IsText, IsTextList, IsTextMap } from '#platform';
import { idExists } from './profile-decisions.js';

/** The body of `POST /v1/accounts`. */
export class RegisterAccount {
  @IsOptional()
  @IsIdentifier()
  accountId?: string;

  @IsText({ max: 200 })
  name!: string;

  @IsOptional()
  @IsText({ max: 100 })
  industry?: string;

  @IsOptional()
  @IsText({ max: 100 })
  region?: string;

  /** Its ids in other systems, by their names. */
  @IsOptional()
  @IsTextMap({ max: 200, maxEntries: 50 })
  externalIds?: Record<string, string>;

  /** Their order means nothing. */
  @IsOptional()
  @IsTextList({ max: 64, maxItems: 100 })
  tags?: string[];

  /** The corporate group it belongs to since ever; later changes are dated. */
  @IsOptional()
  @IsIdentifier()
  groupId?: string;

  @IsOptional()
  @IsInstant()
  at?: string;
}

/**
 * Registers an account, or names one that an import knows by its id only. The date is no part of the content: the same
 * content again makes no event. Refused: 409 `id-exists`.
 */
export const registerAccount = defineCommand({
  type: 'register-account',
  summary: 'Register an account',
  body: RegisterAccount,
  subject: 'account',
  permission: 'account-commands',
  creates: { field: 'accountId', prefix: 'acc' },
  taken: idExists,
  example: {
    accountId: 'acme',
    name: 'Acme Bearings Ltd.',
    industry: 'machinery',
    region: 'north',
    externalIds: { erp: '100482' },
    tags: ['export'],
    groupId: 'acme-group',
    at: '2026-01-05T09:00:00+08:00',
  },
});
