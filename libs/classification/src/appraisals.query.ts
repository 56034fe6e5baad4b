import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsOptional } from 'class-validator';
import type { Document, Filter, ReadStore, Sort } from '#event-sourcing';
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
import { appraisalsProjection } from './projections/appraisals.projection.js';

export class AppraisalsParameters extends ListParameters {
  @IsIdentifier()
  accountId!: string;

  @IsOptional()
  @IsIdentifier()
  criterion?: string;
}

export interface AppraisalItem {
  readonly criterion: string;
  /** 1 to 10. */
  readonly points: number;
  readonly at: string;
  readonly evidence: string | null;
  readonly actor: string;
  readonly recordedAt: string;
  /** Of the event in the account's stream. */
  readonly revision: number;
}

export class AppraisalsQuery extends ListQuery<AppraisalsParameters, AppraisalItem> {}

const EXAMPLE = {
  criterion: 'potential',
  points: 8,
  at: '2026-03-31T02:00:00.000Z',
  evidence: 'Three new plants open next year.',
  actor: 'key-manager',
  recordedAt: '2026-03-31T02:00:01.123Z',
  revision: 17,
};

export const appraisals = defineQuery({
  summary: 'The appraisals of an account, newest first',
  permission: 'read-models',
  parameters: AppraisalsParameters,
  query: AppraisalsQuery,
  form: 'list',
  example: EXAMPLE,
});

/** Of the same instant the one recorded last, which is the one that counts, comes first. */
const NEWEST_FIRST: readonly Sort[] = [
  { field: 'at', direction: 'desc' },
  { field: 'revision', direction: 'desc' },
];

@QueryHandler(AppraisalsQuery)
export class AppraisalsHandler implements IQueryHandler<AppraisalsQuery> {
  constructor(
    @Inject(READ_STORE) private readonly readStore: ReadStore,
    @Inject(ACCOUNT_DIRECTORY) private readonly directory: AccountDirectory,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
  ) {}

  async execute({ parameters: { accountId, criterion }, reader }: AppraisalsQuery): Promise<ListAnswer<AppraisalItem>> {
    const { collection } = appraisalsProjection;
    await checkAccount(this.directory, this.settings, accountId, reader);
    const filter: Filter = {
      accountId: { eq: accountId },
      ...(criterion === undefined ? {} : { criterion: { eq: criterion } }),
    };
    const order = { filter, sort: NEWEST_FIRST, columns: Object.keys(EXAMPLE) };
    return storedList(this.readStore, collection, order, appraisalItem);
  }
}

function appraisalItem(row: Document): AppraisalItem {
  return {
    criterion: String(row.criterion),
    points: Number(row.points),
    at: String(row.at),
    evidence: typeof row.evidence === 'string' ? row.evidence : null,
    actor: String(row.actor),
    recordedAt: String(row.recordedAt),
    revision: Number(row.revision),
  };
}
