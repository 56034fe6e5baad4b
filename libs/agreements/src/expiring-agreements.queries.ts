import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsOptional } from 'class-validator';
import { formatDate, parseDate } from '#calendar';
import type { JsonArray, ReadStore } from '#event-sourcing';
import {
  ACCOUNT_DIRECTORY,
  type AccountDirectory,
  badParameter,
  dayAskedFor,
  dayGiven,
  defineQuery,
  IsDate,
  IsIdentifier,
  LEDGER_SETTINGS,
  type LedgerSettings,
  type ListAnswer,
  ListParameters,
  ListQuery,
  READ_STORE,
  sees,
  wholeList,
} from '#platform';
import { agreementsAsOf, asOfDay } from './agreement-records.js';

/** How far ahead the question looks unless it says so. */
const DAYS_AHEAD = 90;

export class ExpiringAgreementsParameters extends ListParameters {
  /** In force on this day; default: today in the ledger's zone. */
  @IsOptional()
  @IsDate()
  asOf?: string;

  /** Ending on or before this day; default: 90 days after `asOf`. */
  @IsOptional()
  @IsDate()
  until?: string;

  /** Only accounts that this member of a team looks after. */
  @IsOptional()
  @IsIdentifier()
  owner?: string;
}

/** An agreement that ends soon. */
export interface ExpiringAgreement {
  readonly accountId: string;
  /** Null while the ledger's list of accounts has not caught up. */
  readonly name: string | null;
  readonly owner: string | null;
  readonly agreementId: string;
  readonly start: string;
  readonly end: string;
  /** Days from `asOf` to the last day of its term; 0: it ends today. */
  readonly daysLeft: number;
  readonly terms: JsonArray;
}

export class ExpiringAgreementsQuery extends ListQuery<ExpiringAgreementsParameters, ExpiringAgreement> {}

export const expiringAgreements = defineQuery({
  summary: 'Agreements in force that end soon, the soonest first',
  permission: 'read-models',
  parameters: ExpiringAgreementsParameters,
  query: ExpiringAgreementsQuery,
  form: 'list',
  example: {
    accountId: 'acme',
    name: 'Acme Trading',
    owner: 'li.wei',
    agreementId: 'frame-2026',
    start: '2026-01-01',
    end: '2026-12-31',
    daysLeft: 38,
    terms: [{ kind: 'discount', limit: '20000', value: '0.05' }],
  },
});

@QueryHandler(ExpiringAgreementsQuery)
export class ExpiringAgreementsHandler implements IQueryHandler<ExpiringAgreementsQuery> {
  constructor(
    @Inject(READ_STORE) private readonly readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
    @Inject(ACCOUNT_DIRECTORY) private readonly accounts: AccountDirectory,
  ) {}

  /** @throws Problem 400 when `until` lies before `asOf` */
  async execute({ parameters, reader }: ExpiringAgreementsQuery): Promise<ListAnswer<ExpiringAgreement>> {
    const day = dayAskedFor(parameters.asOf, reader, this.settings);
    const until = dayGiven(parameters.until) ?? day + DAYS_AHEAD;
    if (until < day) throw badParameter('until', 'before-as-of', `must not lie before asOf, ${formatDate(day)}`);
    const asOf = asOfDay(this.settings.calendar, day);
    const term = { start: { lte: asOf.date }, end: { gte: asOf.date, lte: formatDate(until) } };
    const [ending, entries] = await Promise.all([agreementsAsOf(this.readStore, term, asOf), this.accounts.all(day)]);
    const entryOf = new Map(entries.map((entry) => [entry.accountId, entry]));
    const items = ending
      .filter(({ inForce, accountId }) => inForce && sees(reader, accountId))
      .map(({ accountId, agreementId, start, end, terms }): ExpiringAgreement => {
        const { name = null, owner = null } = entryOf.get(accountId) ?? {};
        const daysLeft = (parseDate(end) ?? day) - day;
        return { accountId, name, owner, agreementId, start, end, daysLeft, terms };
      })
      .filter(({ owner }) => parameters.owner === undefined || owner === parameters.owner)
      // The store gave them by account and agreement; sorting keeps that order where they end on one day.
      .sort((a, b) => a.daysLeft - b.daysLeft);
    return wholeList(items, {
      asOf: asOf.date,
      beside: { until: formatDate(until) },
      columns: ['accountId', 'name', 'owner', 'agreementId', 'start', 'end', 'daysLeft', 'terms'],
    });
  }
}
