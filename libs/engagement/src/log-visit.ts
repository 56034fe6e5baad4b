import { ArrayUnique, IsIn, IsOptional } from 'class-validator';
import {
  defineCommand,
  IsDate,
  IsIdentifier,
  IsIdentifierList,
  IsInstant,
  IsText,
  IsTextList,
  ObjectOf,
} from '#platform';
import type { VisitChannel } from './engagement.events.js';

const CHANNELS: readonly VisitChannel[] = ['on-site', 'phone', 'video', 'mail', 'other'];

/** What is to happen after a visit. */
export class NextStepOfVisit {
  /** No place for personal data. */
  @IsText({ max: 1_000 })
  text!: string;

  @IsOptional()
  @IsDate()
  due?: string;
}

/** The body of `POST /v1/accounts/{accountId}/visits`. */
export class LogVisit {
  @IsOptional()
  @IsIdentifier()
  visitId?: string;

  @IsIn(CHANNELS)
  channel!: VisitChannel;

  @IsInstant()
  visitedAt!: string;

  /** Ids of the account's contacts who took part. */
  @IsOptional()
  @IsIdentifierList({ maxItems: 100 })
  @ArrayUnique()
  participants?: string[];

  /** No place for personal data. */
  @IsOptional()
  @IsText({ max: 4_000 })
  summary?: string;

  /** What the customer said to need, a line each. */
  @IsOptional()
  @IsTextList({ max: 1_000, maxItems: 50 })
  needs?: string[];

  /** What the customer was not content with, a line each. */
  @IsOptional()
  @IsTextList({ max: 1_000, maxItems: 50 })
  issues?: string[];

  @IsOptional()
  @ObjectOf(() => NextStepOfVisit)
  nextStep?: NextStepOfVisit;
}

/** Logs a visit. Refused: 404 `contact-not-found` for participants the account does not know, 409 `id-exists`. */
export const logVisit = defineCommand({
  type: 'log-visit',
  summary: 'Log a visit, call or other contact with the customer',
  body: LogVisit,
  subject: 'account',
  permission: 'account-commands',
  creates: { field: 'visitId', prefix: 'vis' },
  dateField: 'visitedAt',
  example: {
    visitId: 'vis-2026-0412',
    channel: 'on-site',
    visitedAt: '2026-04-12T10:00:00+08:00',
    participants: ['contact-wang'],
    summary: 'Quarterly review at the plant.',
    needs: ['A second supplier of seals for the new line'],
    issues: ['Two deliveries in March were late'],
    nextStep: { text: 'Send the offer for the new line', due: '2026-04-30' },
  },
});
