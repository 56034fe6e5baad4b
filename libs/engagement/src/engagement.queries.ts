import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsOptional } from 'class-validator';
import { formatDate } from '#calendar';
import type { Document, ReadStore, Sort } from '#event-sourcing';
import {
  ACCOUNT_DIRECTORY,
  type AccountDirectory,
  checkAccount,
  dayAskedFor,
  defineQuery,
  IsDate,
  IsIdentifier,
  LEDGER_SETTINGS,
  LedgerQuery,
  type LedgerSettings,
  type ListAnswer,
  ListParameters,
  ListQuery,
  notFound,
  READ_STORE,
  storedList,
} from '#platform';
import type { VisitChannel } from './engagement.events.js';
import { visitsProjection } from './projections/visits.projection.js';
import { type CadenceAnswer, cadenceAnswer, type DueDates, dueDates } from './visit-answers.js';
import { VisitCalendar } from './visit-calendar.js';

export class VisitsParameters extends ListParameters {
  @IsIdentifier()
  accountId!: string;
}

export interface VisitItem {
  readonly visitId: string;
  readonly visitedAt: string;
  readonly channel: VisitChannel;
  readonly participants: readonly string[];
  readonly summary: string | null;
  readonly needs: readonly string[];
  readonly issues: readonly string[];
  readonly nextStep: { readonly text: string; readonly due?: string } | null;
  readonly recordedAt: string;
}

export class VisitsQuery extends ListQuery<VisitsParameters, VisitItem> {}

export const visits = defineQuery({
  summary: 'The visits of an account, newest first',
  permission: 'read-models',
  parameters: VisitsParameters,
  query: VisitsQuery,
  form: 'list',
  example: {
    visitId: 'vis-2026-0412',
    visitedAt: '2026-04-12T02:00:00.000Z',
    channel: 'on-site',
    participants: ['contact-wang'],
    summary: 'Quarterly review at the plant.',
    needs: ['A second supplier of seals for the new line'],
    issues: ['Two deliveries in March were late'],
    nextStep: { text: 'Send the offer for the new line', due: '2026-04-30' },
    recordedAt: '2026-04-12T09:30:12.123Z',
  },
});

/** Newest visits first; of the same instant the greater id first. */
export const NEWEST_VISITS: readonly Sort[] = [
  { field: 'visitedAt', direction: 'desc' },
  { field: 'visitId', direction: 'desc' },
];

@QueryHandler(VisitsQuery)
export class VisitsHandler implements IQueryHandler<VisitsQuery> {
  constructor(
    @Inject(READ_STORE) private readonly readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
    @Inject(ACCOUNT_DIRECTORY) private readonly directory: AccountDirectory,
  ) {}

  async execute({ parameters: { accountId }, reader }: VisitsQuery): Promise<ListAnswer<VisitItem>> {
    const { collection } = visitsProjection;
    await checkAccount(this.directory, this.settings, accountId, reader);
    const order = {
      filter: { accountId: { eq: accountId } },
      sort: NEWEST_VISITS,
      columns: Object.keys(visits.example),
    };
    return storedList(this.readStore, collection, order, visitItem);
  }
}

function visitItem(row: Document): VisitItem {
  return {
    visitId: String(row.visitId),
    visitedAt: String(row.visitedAt),
    channel: row.channel as VisitChannel,
    participants: row.participants as readonly string[],
    summary: row.summary as string | null,
    needs: row.needs as readonly string[],
    issues: row.issues as readonly string[],
    nextStep: row.nextStep as VisitItem['nextStep'],
    recordedAt: String(row.recordedAt),
  };
}

export class CadenceParameters {
  @IsIdentifier()
  accountId!: string;

  /** The day from which it is seen, in the ledger's zone; default: today. */
  @IsOptional()
  @IsDate()
  asOf?: string;
}

export type CadenceWithDueDates = { readonly accountId: string } & CadenceAnswer & DueDates & { readonly asOf: string };

export class CadenceQuery extends LedgerQuery<CadenceParameters, CadenceWithDueDates> {}

export const cadence = defineQuery({
  summary: 'How often the account is to be visited, and when next',
  permission: 'read-models',
  parameters: CadenceParameters,
  query: CadenceQuery,
  form: 'object',
  example: {
    accountId: 'acme',
    every: 'P3M',
    graceDays: 7,
    start: '2026-01-01',
    setOn: '2026-01-03',
    lastVisitAt: '2026-01-15T02:00:00.000Z',
    dueOn: '2026-04-15',
    overdueOn: '2026-04-23',
    overdue: true,
    daysOverdue: 3,
    asOf: '2026-04-25',
  },
});

@QueryHandler(CadenceQuery)
export class CadenceHandler implements IQueryHandler<CadenceQuery> {
  private readonly visits: VisitCalendar;

  constructor(
    @Inject(READ_STORE) readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
  ) {
    this.visits = new VisitCalendar(readStore, settings);
  }

  async execute({ parameters, reader }: CadenceQuery): Promise<CadenceWithDueDates> {
    const { accountId } = parameters;
    const asOf = dayAskedFor(parameters.asOf, reader, this.settings);
    const standing = await this.visits.of(accountId, asOf);
    const inForce = cadenceAnswer(standing);
    if (inForce === null) {
      throw notFound('cadence-not-found', `No cadence of ${accountId} is in force on ${formatDate(asOf)}.`);
    }
    return { accountId, ...inForce, ...dueDates(standing), asOf: formatDate(asOf) };
  }
}
