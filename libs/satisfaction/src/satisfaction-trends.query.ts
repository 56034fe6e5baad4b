import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsIn, IsOptional } from 'class-validator';
import { monthNumber } from '#calendar';
import type { ReadStore } from '#event-sourcing';
import {
  ACCOUNT_DIRECTORY,
  type AccountDirectory,
  badParameter,
  dayAskedFor,
  dayGiven,
  defineQuery,
  IsDate,
  IsIdentifier,
  IsText,
  LEDGER_SETTINGS,
  LedgerQuery,
  type LedgerSettings,
  PortraitRegistry,
  READ_STORE,
  type Reader,
  sees,
} from '#platform';
import { RegionSurveyMonths } from './region-survey-months.js';
import type { SurveyMetric } from './satisfaction.events.js';
import { MOVING_MONTHS, type MonthSpan, type SatisfactionTrend, satisfactionTrend } from './satisfaction-trend.js';
import { METRIC_NAMES } from './survey-metrics.js';
import { SurveyMonths, type TalliesByMonth } from './survey-months.js';

export class SatisfactionTrendsParameters {
  @IsIn(METRIC_NAMES)
  metric!: SurveyMetric;

  /** Only calendar months as yet. */
  @IsOptional()
  @IsIn(['month'])
  interval?: 'month';

  /** The month of this date is the first one listed, as a whole; default: the first with responses. */
  @IsOptional()
  @IsDate()
  since?: string;

  /** The month of this date is the last one listed, as a whole; default: the last with responses. */
  @IsOptional()
  @IsDate()
  until?: string;

  @IsOptional()
  @IsIdentifier()
  accountId?: string;

  /** Only accounts that are of this tier on `until` (default: today), whatever they were when they answered. */
  @IsOptional()
  @IsText({ max: 64 })
  tier?: string;

  /** Only accounts that lie in this region on `until` (default: today). */
  @IsOptional()
  @IsText({ max: 200 })
  region?: string;
}

export type SatisfactionTrendsAnswer = SatisfactionTrend & { readonly metric: SurveyMetric };

export class SatisfactionTrendsQuery extends LedgerQuery<SatisfactionTrendsParameters, SatisfactionTrendsAnswer> {}

export const satisfactionTrends = defineQuery({
  summary: 'How satisfied customers were, month by month, and where that goes',
  permission: 'read-models',
  parameters: SatisfactionTrendsParameters,
  query: SatisfactionTrendsQuery,
  form: 'object',
  example: {
    items: [
      { period: '2026-01', value: 80, responses: 10, moving: 80, target: 90, met: false },
      { period: '2026-02', value: 85, responses: 20, moving: 83.33333333333333, target: 90, met: false },
      { period: '2026-03', value: 90, responses: 10, moving: 85, target: 90, met: true },
    ],
    slope: 5,
    slopeError: 0,
    metric: 'csat',
  },
});

@QueryHandler(SatisfactionTrendsQuery)
export class SatisfactionTrendsHandler implements IQueryHandler<SatisfactionTrendsQuery> {
  private readonly months: SurveyMonths;

  constructor(
    @Inject(READ_STORE) readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
    @Inject(ACCOUNT_DIRECTORY) private readonly directory: AccountDirectory,
    private readonly registry: PortraitRegistry,
    private readonly regions: RegionSurveyMonths,
  ) {
    this.months = new SurveyMonths(readStore, settings);
  }

  async execute({ parameters, reader }: SatisfactionTrendsQuery): Promise<SatisfactionTrendsAnswer> {
    const { metric } = parameters;
    const since = monthOf(parameters.since);
    const until = monthOf(parameters.until);
    const months = await this.monthsOf(parameters, reader, { since, until });
    return { ...satisfactionTrend(metric, months, { since, until }), metric };
  }

  private async monthsOf(
    parameters: SatisfactionTrendsParameters,
    reader: Reader,
    { since, until }: MonthSpan,
  ): Promise<TalliesByMonth> {
    const { metric, region, tier, accountId } = parameters;
    if (region !== undefined && tier === undefined && accountId === undefined && reader.accounts === undefined) {
      return this.regions.load({ metric, region, day: dayAskedFor(parameters.until, reader, this.settings) });
    }
    const accounts = await this.accountsOf(parameters, reader);
    return this.months.load(metric, { since: since === null ? null : since - MOVING_MONTHS + 1, until }, accounts);
  }

  /** The accounts that are meant; left out: all of them. */
  private async accountsOf(
    { accountId, tier, region, until }: SatisfactionTrendsParameters,
    reader: Reader,
  ): Promise<readonly string[] | undefined> {
    if (tier === undefined && region === undefined) {
      if (accountId !== undefined) return sees(reader, accountId) ? [accountId] : [];
      return reader.accounts === undefined ? undefined : [...reader.accounts];
    }
    const day = dayAskedFor(until, reader, this.settings);
    const [entries, isOfTier] = await Promise.all([this.entries(accountId, day), this.tierTest(tier, day)]);
    return entries
      .filter((entry) => region === undefined || entry.region === region)
      .map((entry) => entry.accountId)
      .filter((id) => sees(reader, id) && isOfTier(id));
  }

  private async entries(accountId: string | undefined, day: number) {
    if (accountId === undefined) return this.directory.all(day);
    const entry = await this.directory.get(accountId, day);
    return entry === undefined ? [] : [entry];
  }

  private async tierTest(tier: string | undefined, day: number): Promise<(accountId: string) => boolean> {
    if (tier === undefined) return () => true;
    const facet = this.registry.facets.find(({ key }) => key === 'tier');
    if (facet === undefined)
      throw badParameter('tier', 'no-tiers', 'cannot be used where nothing gives accounts a tier');
    const tiers = await facet.load(day);
    return (accountId) => (tiers.has(accountId) ? tiers.get(accountId) : facet.absent) === tier;
  }
}

function monthOf(date: string | undefined): number | null {
  const day = dayGiven(date);
  return day === undefined ? null : monthNumber(day);
}
