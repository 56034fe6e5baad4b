import { IsOptional } from 'class-validator';
import { defineCommand, IsInstant } from '#platform';

/** The body of `POST /v1/accounts/{accountId}/contacts/{contactId}/departure`. */
export class RecordDeparture {
  @IsOptional()
  @IsInstant()
  at?: string;
}

/**
 * Records that a contact has left the customer; nothing new for one who had left by then.
 * Refused: 404 `contact-not-found`; 422 `out-of-order` for a date before the contact was added.
 */
export const recordDeparture = defineCommand({
  type: 'record-departure',
  summary: 'Record that a contact has left the customer',
  body: RecordDeparture,
  subject: 'account',
  permission: 'account-commands',
  params: ['contactId'],
  example: { at: '2026-06-30T18:00:00+08:00' },
});
