import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsBoolean, IsOptional } from 'class-validator';
import type { ReadStore } from '#event-sourcing';
import {
  ACCOUNT_DIRECTORY,
  type AccountDirectory,
  checkAccount,
  dayAskedFor,
  defineQuery,
  IsDate,
  IsIdentifier,
  LEDGER_SETTINGS,
  type LedgerSettings,
  type ListAnswer,
  ListParameters,
  ListQuery,
  READ_STORE,
  type Reader,
  wholeList,
} from '#platform';
import {
  type AgreementRecord,
  type AsOf,
  agreementsAsOf,
  asOfDay,
  type PlanRecord,
  plansAsOf,
} from './agreement-records.js';

export class PlansParameters extends ListParameters {
  @IsIdentifier()
  accountId!: string;

  /** Facts up to the end of this day count; default: today in the ledger's zone. */
  @IsOptional()
  @IsDate()
  asOf?: string;
}

export class AgreementsParameters extends PlansParameters {
  /** Only those in force on the day (true), or only the others (false). */
  @IsOptional()
  @IsBoolean()
  inForce?: boolean;
}

export class AgreementsQuery extends ListQuery<AgreementsParameters, AgreementRecord> {}
export class PlansQuery extends ListQuery<PlansParameters, PlanRecord> {}

export const agreements = defineQuery({
  summary: 'The agreements of an account as of a day, newest first; with inForce=true its terms in force on that day',
  permission: 'read-models',
  parameters: AgreementsParameters,
  query: AgreementsQuery,
  form: 'list',
  example: {
    accountId: 'acme',
    agreementId: 'frame-2026',
    signedAt: '2025-12-15T02:00:00.000Z',
    start: '2026-01-01',
    end: '2026-12-31',
    inForce: true,
    lapsedAt: null,
    lapseReason: null,
    terms: [{ kind: 'discount', limit: '20000', value: '0.05' }],
  },
});

export const plans = defineQuery({
  summary: 'The joint plans of an account adopted by a day, newest first',
  permission: 'read-models',
  parameters: PlansParameters,
  query: PlansQuery,
  form: 'list',
  example: {
    accountId: 'acme',
    planId: 'joint-2026',
    adoptedAt: '2026-01-20T06:00:00.000Z',
    objectives: [{ text: 'Double the business', measure: 'revenue', target: '400000', due: '2026-12-31' }],
  },
});

@QueryHandler(AgreementsQuery)
export class AgreementsHandler implements IQueryHandler<AgreementsQuery> {
  constructor(
    @Inject(READ_STORE) private readonly readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
    @Inject(ACCOUNT_DIRECTORY) private readonly accounts: AccountDirectory,
  ) {}

  /** @throws Problem 404 `account-not-found` */
  async execute({ parameters, reader }: AgreementsQuery): Promise<ListAnswer<AgreementRecord>> {
    const { accountId, inForce } = parameters;
    const asOf = await asOfForAccount(this.accounts, this.settings, parameters, reader);
    const signed = await agreementsAsOf(this.readStore, { accountId: { eq: accountId } }, asOf);
    const wanted = inForce === undefined ? signed : signed.filter((agreement) => agreement.inForce === inForce);
    return wholeList(newestFirst(wanted), {
      asOf: asOf.date,
      columns: ['accountId', 'agreementId', 'signedAt', 'start', 'end', 'inForce', 'lapsedAt', 'lapseReason', 'terms'],
    });
  }
}

@QueryHandler(PlansQuery)
export class PlansHandler implements IQueryHandler<PlansQuery> {
  constructor(
    @Inject(READ_STORE) private readonly readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
    @Inject(ACCOUNT_DIRECTORY) private readonly accounts: AccountDirectory,
  ) {}

  /** @throws Problem 404 `account-not-found` */
  async execute({ parameters, reader }: PlansQuery): Promise<ListAnswer<PlanRecord>> {
    const asOf = await asOfForAccount(this.accounts, this.settings, parameters, reader);
    return wholeList(await plansAsOf(this.readStore, parameters.accountId, asOf), {
      asOf: asOf.date,
      columns: ['accountId', 'planId', 'adoptedAt', 'objectives'],
    });
  }
}

/** The day asked about. An account that the ledger knows only later has nothing by then, which is no error. */
async function asOfForAccount(
  accounts: AccountDirectory,
  settings: LedgerSettings,
  { accountId, asOf }: PlansParameters,
  reader: Reader,
): Promise<AsOf> {
  await checkAccount(accounts, settings, accountId, reader);
  return asOfDay(settings.calendar, dayAskedFor(asOf, reader, settings));
}

function newestFirst(signed: readonly AgreementRecord[]): AgreementRecord[] {
  return [...signed].sort((a, b) => (a.signedAt < b.signedAt ? 1 : a.signedAt > b.signedAt ? -1 : 0));
}
