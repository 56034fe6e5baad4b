import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Document, ReadStore, Sort } from '#event-sourcing';
import {
  ACCOUNT_DIRECTORY,
  type AccountDirectory,
  checkAccount,
  defineQuery,
  IsIdentifier,
  LEDGER_SETTINGS,
  type LedgerSettings,
  type ListAnswer,
  ListParameters,
  ListQuery,
  READ_STORE,
  storedList,
} from '#platform';
import type { CreditLine } from './orders.events.js';
import { creditNotesProjection } from './projections/credit-notes.projection.js';

export class CreditNotesParameters extends ListParameters {
  @IsIdentifier()
  accountId!: string;
}

export interface CreditNoteItem {
  readonly creditNoteId: string;
  readonly issuedAt: string;
  readonly currency: string;
  readonly rate: string;
  /** What is credited, in its currency. */
  readonly amount: string;
  /** Its effect on revenue in the base currency: mostly below 0. */
  readonly baseRevenue: string;
  readonly orderId: string | null;
  readonly returnId: string | null;
  readonly reason: string | null;
  readonly lines: readonly CreditLine[];
}

export class CreditNotesQuery extends ListQuery<CreditNotesParameters, CreditNoteItem> {}

export const creditNotes = defineQuery({
  summary: 'The credit notes of an account, newest first',
  permission: 'read-models',
  parameters: CreditNotesParameters,
  query: CreditNotesQuery,
  form: 'list',
  example: {
    creditNoteId: 'cn-2026-31',
    issuedAt: '2026-05-05T01:00:00.000Z',
    currency: 'CNY',
    rate: '1',
    amount: '47',
    baseRevenue: '-47',
    orderId: 'so-2026-1017',
    returnId: null,
    reason: 'Late delivery',
    lines: [{ lineNo: 1, sku: 'SEAL-7', quantity: '20', unitPrice: '2.35' }],
  },
});

/** Newest first; of the same instant the greater id first. */
const NEWEST: readonly Sort[] = [
  { field: 'issuedAt', direction: 'desc' },
  { field: 'creditNoteId', direction: 'desc' },
];

@QueryHandler(CreditNotesQuery)
export class CreditNotesHandler implements IQueryHandler<CreditNotesQuery> {
  constructor(
    @Inject(READ_STORE) private readonly readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
    @Inject(ACCOUNT_DIRECTORY) private readonly directory: AccountDirectory,
  ) {}

  async execute({ parameters: { accountId }, reader }: CreditNotesQuery): Promise<ListAnswer<CreditNoteItem>> {
    await checkAccount(this.directory, this.settings, accountId, reader);
    const { collection } = creditNotesProjection;
    const order = { filter: { accountId: { eq: accountId } }, sort: NEWEST, columns: Object.keys(creditNotes.example) };
    return storedList(this.readStore, collection, order, creditNoteItem);
  }
}

function creditNoteItem(row: Document): CreditNoteItem {
  return {
    creditNoteId: String(row.creditNoteId),
    issuedAt: String(row.issuedAt),
    currency: String(row.currency),
    rate: String(row.rate),
    amount: String(row.amount),
    baseRevenue: String(row.baseRevenue),
    orderId: row.orderId as string | null,
    returnId: row.returnId as string | null,
    reason: row.reason as string | null,
    lines: row.lines as readonly CreditLine[],
  };
}
