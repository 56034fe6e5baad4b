import { IsOptional } from 'class-validator';
import { defineCommand, IsIdentifier, IsInstant, IsText, IsTextList, IsTextMap } from '#platform';

/** The body of `PATCH /v1/accounts/{accountId}`: a member left out stays as it is, null takes an optional one away. */
export class CorrectAccount {
  @IsOptional()
  @IsText({ max: 200 })
  name?: string;

  @IsOptional()
  @IsText({ max: 100 })
  industry?: string | null;

  @IsOptional()
  @IsText({ max: 100 })
  region?: string | null;

  /** Takes the place of all ids known. */
  @IsOptional()
  @IsTextMap({ max: 200, maxEntries: 50 })
  externalIds?: Record<string, string> | null;

  /** Takes the place of all tags. */
  @IsOptional()
  @IsTextList({ max: 64, maxItems: 100 })
  tags?: string[] | null;

  /** The corporate group it belongs to from the date on. */
  @IsOptional()
  @IsIdentifier()
  groupId?: string | null;

  @IsText({ max: 1_000 })
  reason!: string;

  @IsOptional()
  @IsInstant()
  at?: string;
}

/** Corrects the profile from a date on, one event a field that really changes. Refused: 422 `name-required` for the name null. */
export const correctAccount = defineCommand({
  type: 'correct-account',
  summary: 'Correct the profile of an account, or move it to another corporate group',
  body: CorrectAccount,
  subject: 'account',
  permission: 'account-commands',
  example: {
    region: 'east',
    groupId: null,
    reason: 'Sold by the group, moved to Shanghai.',
    at: '2026-03-01T00:00:00+08:00',
  },
});
