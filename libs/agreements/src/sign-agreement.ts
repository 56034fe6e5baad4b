import { IsIn, IsOptional } from 'class-validator';
import { defineCommand, IsDate, IsIdentifier, IsInstant, IsText, IsTextOrNumber, ListOf } from '#platform';
import { TERM_KINDS, type TermKind } from './agreements.events.js';

/** One term; a price, a share or a count stands in `value`, everything that is not a number in `text`. */
export class AgreementTermBody {
  @IsIn([...TERM_KINDS])
  kind!: TermKind;

  /** What is granted: a number, or a text such as `net 30`. */
  @IsOptional()
  @IsTextOrNumber({ max: 200 })
  value?: number | string;

  /** The most that may be granted in all. */
  @IsOptional()
  @IsTextOrNumber({ max: 200 })
  limit?: number | string;

  @IsOptional()
  @IsText({ max: 2_000 })
  text?: string;
}

export class SignAgreement {
  @IsOptional()
  @IsIdentifier()
  agreementId?: string;

  @IsInstant()
  signedAt!: string;

  /** First day of the term. */
  @IsDate()
  start!: string;

  /** Last day of the term, not before the first. */
  @IsDate()
  end!: string;

  @ListOf(() => AgreementTermBody, { min: 1, max: 50 })
  terms!: AgreementTermBody[];
}

export const signAgreement = defineCommand({
  type: 'sign-agreement',
  summary: 'Record that an agreement was signed, with its term and its terms',
  body: SignAgreement,
  subject: 'account',
  permission: 'account-commands',
  creates: { field: 'agreementId', prefix: 'agr' },
  dateField: 'signedAt',
  example: {
    agreementId: 'frame-2026',
    signedAt: '2025-12-15T10:00:00+08:00',
    start: '2026-01-01',
    end: '2026-12-31',
    terms: [
      { kind: 'discount', value: '0.05', limit: '20000', text: '5 % on all orders, at most 20,000 a year' },
      { kind: 'priority-restock', text: 'Served first when stock is short' },
      { kind: 'payment', value: 60, text: 'Days after the invoice' },
    ],
  },
});
