import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { defineCommand, IsIdentifier, IsInstant, IsText } from '#platform';
import type { BuyingRole } from './accounts.events.js';
import { BUYING_ROLES } from './add-contact.js';
import { withSealedFields } from './sealed-contact.js';

/**
 * The body of `PATCH /v1/accounts/{accountId}/contacts/{contactId}`: a member left out stays as it is, null takes an
 * optional one away.
 */
export class ChangeContact {
  @IsOptional()
  @IsText({ max: 200 })
  name?: string;

  @IsOptional()
  @IsIn(BUYING_ROLES)
  role?: BuyingRole;

  @IsOptional()
  @IsText({ max: 320 })
  email?: string | null;

  @IsOptional()
  @IsText({ max: 64 })
  phone?: string | null;

  /** From −2, against us, to 2, for us. */
  @IsOptional()
  @IsInt()
  @Min(-2)
  @Max(2)
  attitude?: number | null;

  /** Another contact of the account. */
  @IsOptional()
  @IsIdentifier()
  reportsTo?: string | null;

  @IsOptional()
  @IsText({ max: 2_000 })
  preferences?: string | null;

  @IsOptional()
  @IsInstant()
  at?: string;
}

/**
 * Changes what is known of a contact. Refused: 404 `contact-not-found`; 422 `contact-departed`, `out-of-order` for a date
 * before the contact was added, `circular-report`, `name-required` and `role-required` for null.
 */
export const changeContact = defineCommand({
  type: 'change-contact',
  summary: 'Change what is known of a contact',
  body: ChangeContact,
  subject: 'account',
  permission: 'account-commands',
  params: ['contactId'],
  prepare: withSealedFields,
  example: { role: 'sponsor', attitude: 2, phone: null },
});
