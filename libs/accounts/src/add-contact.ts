import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { defineCommand, IsIdentifier, IsInstant, IsText } from '#platform';
import type { BuyingRole } from './accounts.events.js';
import { withSealedFields } from './sealed-contact.js';

export const BUYING_ROLES: readonly BuyingRole[] = [
  'decision-maker',
  'influencer',
  'purchaser',
  'user',
  'approver',
  'sponsor',
];

/** The body of `POST /v1/accounts/{accountId}/contacts`. Name, email, phone and preferences are stored encrypted. */
export class AddContact {
  /** No name, for it is stored as it is. */
  @IsOptional()
  @IsIdentifier()
  contactId?: string;

  @IsText({ max: 200 })
  name!: string;

  @IsIn(BUYING_ROLES)
  role!: BuyingRole;

  @IsOptional()
  @IsText({ max: 320 })
  email?: string;

  @IsOptional()
  @IsText({ max: 64 })
  phone?: string;

  /** From −2, against us, to 2, for us. */
  @IsOptional()
  @IsInt()
  @Min(-2)
  @Max(2)
  attitude?: number;

  /** Another contact of the account. */
  @IsOptional()
  @IsIdentifier()
  reportsTo?: string;

  @IsOptional()
  @IsText({ max: 2_000 })
  preferences?: string;

  @IsOptional()
  @IsInstant()
  at?: string;
}

/**
 * Adds a contact to the buying centre. The date is no part of the content: the same content again makes no event.
 * Refused: 409 `id-exists`; 404 `contact-not-found` when it is to report to somebody unknown; 422 `circular-report`.
 */
export const addContact = defineCommand({
  type: 'add-contact',
  summary: 'Add a contact to the buying centre of the customer',
  body: AddContact,
  subject: 'account',
  permission: 'account-commands',
  creates: { field: 'contactId', prefix: 'con' },
  prepare: withSealedFields,
  example: {
    contactId: 'con-17',
    name: 'Wang Fang',
    role: 'decision-maker',
    email: 'wang.fang@acme.example',
    phone: '+86 21 5550 0142',
    attitude: 1,
    preferences: 'Calls before ten, never mail.',
  },
});
