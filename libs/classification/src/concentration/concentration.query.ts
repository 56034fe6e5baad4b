import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsOptional } from 'class-validator';
import { formatDate } from '#calendar';
import { formatMicros } from '#money';
import {
  ACCOUNT_DIRECTORY,
  type AccountDirectory,
  badParameter,
  dayAskedFor,
  defineQuery,
  IsDate,
  IsText,
  LEDGER_SETTINGS,
  LedgerQuery,
  type LedgerSettings,
  METRIC_SOURCES,
  type MetricSource,
  sees,
} from '#platform';
import { type Concentration, concentration, type GroupShare } from './concentration.js';

const DEFAULT_WINDOW = 12;
const MONTHS = /^[1-9][0-9]{0,3}$/;

export class ConcentrationParameters {
  /** Day in the ledger's zone up to whose end facts count; default: today. */
  @IsOptional()
  @IsDate()
  asOf?: string;

  /** Months of revenue up to the day, or `all` for all history; default 12. */
  @IsOptional()
  @IsText({ max: 4 })
  windowMonths?: string;
}

export interface ConcentrationAnswer extends Omit<Concentration, 'groups'> {
  readonly groups: readonly (Omit<GroupShare, 'revenue'> & { readonly revenue: string })[];
  readonly windowMonths: number | null;
  readonly currency: string;
  readonly asOf: string;
}

export class ConcentrationQuery extends LedgerQuery<ConcentrationParameters, ConcentrationAnswer> {}

export const concentrationOfRevenue = defineQuery({
  summary: 'How much of the revenue hangs on how few corporate groups',
  permission: 'read-models',
  parameters: ConcentrationParameters,
  query: ConcentrationQuery,
  form: 'object',
  example: {
    groups: [
      { groupId: 'acme-group', corporate: true, accounts: 3, revenue: '600000', share: 0.6, overDependent: true },
      { groupId: 'borealis', corporate: false, accounts: 1, revenue: '400000', share: 0.4, overDependent: true },
    ],
    hhi: 5200,
    band: 'high',
    top: [
      { n: 1, share: 0.6 },
      { n: 3, share: 1 },
      { n: 5, share: 1 },
      { n: 10, share: 1 },
      { n: 20, share: 1 },
    ],
    windowMonths: 12,
    currency: 'EUR',
    asOf: '2026-11-23',
  },
});

/** A reader who sees some accounts only is answered as if there were no others. */
@QueryHandler(ConcentrationQuery)
export class ConcentrationHandler implements IQueryHandler<ConcentrationQuery> {
  constructor(
    @Inject(ACCOUNT_DIRECTORY) private readonly directory: AccountDirectory,
    @Inject(METRIC_SOURCES) private readonly sources: readonly MetricSource[],
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
  ) {}

  async execute({ parameters, reader }: ConcentrationQuery): Promise<ConcentrationAnswer> {
    const { asOf } = parameters;
    const day = dayAskedFor(asOf, reader, this.settings);
    const windowMonths = monthsOf(parameters.windowMonths);
    const [accounts, revenues] = await Promise.all([this.directory.all(day), this.revenues(day, windowMonths)]);
    const { groups, ...rest } = concentration(
      accounts
        .filter(({ accountId }) => sees(reader, accountId))
        .map(({ accountId, groupId }) => ({ accountId, groupId, revenue: revenues.get(accountId) ?? 0n })),
    );
    return {
      groups: groups.map((group) => ({ ...group, revenue: formatMicros(group.revenue) })),
      ...rest,
      windowMonths,
      currency: this.settings.baseCurrency,
      asOf: formatDate(day),
    };
  }

  /** In micros; an account that is left out has none. */
  private async revenues(asOf: number, windowMonths: number | null): Promise<Map<string, bigint>> {
    const source = this.sources.find(({ ids }) => ids.includes('revenue'));
    const values = await source?.load({ asOf, windowMonths, ids: ['revenue'] });
    const revenues = new Map<string, bigint>();
    for (const [accountId, { revenue }] of values ?? []) {
      if (typeof revenue === 'bigint') revenues.set(accountId, revenue);
    }
    return revenues;
  }
}

function monthsOf(text: string | undefined): number | null {
  if (text === undefined) return DEFAULT_WINDOW;
  if (text === 'all') return null;
  if (MONTHS.test(text)) return Number(text);
  throw badParameter('windowMonths', 'window', 'must be a number of months from 1 to 9999, or all');
}
