import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { formatDate } from '#calendar';
import {
  dayAskedFor,
  defineQuery,
  IsDate,
  IsIdentifier,
  IsText,
  LEDGER_SETTINGS,
  type LedgerSettings,
  type ListAnswer,
  ListParameters,
  ListQuery,
  Problem,
  type Reader,
  sees,
} from '#platform';
import { METRIC_IDS } from '../metric-ids.js';
import { type AccountStanding, type ShownValue, shownTo, standingOf, tierAt } from '../scoring/standing.js';
import type { MetricPopulation } from './metric-population.js';
import { type DatedRanking, Rankings } from './rankings.js';

export class KeyAccountsParameters extends ListParameters {
  /** Default: the policy in force on the day. */
  @IsOptional()
  @IsIdentifier()
  policy?: string;

  /** A version of `policy`, whatever its status; default: the newest published one. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(999_999_999)
  version?: number;

  /** Day in the ledger's zone up to whose end facts count; default: today. */
  @IsOptional()
  @IsDate()
  asOf?: string;

  @IsOptional()
  @IsText({ max: 64 })
  tier?: string;

  @IsOptional()
  @IsText({ max: 200 })
  region?: string;
}

/**
 * One row of the ranking. Rank, score, points and tier compare with all accounts, whatever the filters and whoever reads;
 * shares of all accounts' sums are null to one who sees some accounts only.
 */
export interface KeyAccount extends AccountStanding {
  readonly accountId: string;
  readonly name: string;
  /** Every metric of the formulas, and the appraisals that the account has. */
  readonly metrics: Readonly<Record<string, ShownValue>>;
  /** What people decided of it; null: nothing yet. */
  readonly designation: null;
}

export class KeyAccountsQuery extends ListQuery<KeyAccountsParameters, KeyAccount> {}

export const keyAccounts = defineQuery({
  summary: 'The ranking of all accounts under a policy, as of a day, best first',
  permission: 'read-models',
  parameters: KeyAccountsParameters,
  query: KeyAccountsQuery,
  form: 'list',
  example: {
    rank: 1,
    accountId: 'acme',
    name: 'Acme Pumps',
    score: 8.25,
    coverage: 0.8,
    tier: 'key',
    candidate: true,
    noScore: null,
    gates: [{ metric: 'activeMonths', op: '>=', value: 6, actual: 11, passed: true }],
    metrics: { revenue: '1250000.5', grossProfit: null, activeMonths: 11, 'appraisal:potential': 8 },
    contributions: [
      { criterion: 'revenue', metric: 'revenue', raw: '1250000.5', points: 10, weight: 25, contribution: 3.125 },
      { criterion: 'csat', metric: 'csat', raw: null, points: null, weight: 10, contribution: null },
    ],
    designation: null,
  },
});

@QueryHandler(KeyAccountsQuery)
export class KeyAccountsHandler implements IQueryHandler<KeyAccountsQuery> {
  constructor(
    private readonly rankings: Rankings,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
  ) {}

  async execute({ parameters, reader }: KeyAccountsQuery): Promise<ListAnswer<KeyAccount>> {
    const { policy, version, asOf, tier, region } = parameters;
    const day = dayAskedFor(asOf, reader, this.settings);
    const dated = await this.rankings.ranking({ policy, version }, day);
    if (reader.accounts !== undefined && isUnpublished(dated)) {
      // By the scores of a draft of their own they could work out sums over all accounts.
      throw new Problem(403, 'forbidden', 'A key with a member sees rankings under published policies only.');
    }
    const rows = rowsShown(dated, reader, region, tier);
    return {
      asOf: formatDate(day),
      beside: { policy: { policyId: dated.version.policyId, version: dated.version.version }, knownAt: null },
      columns: columnsOf(dated, reader),
      cursor: [{ type: 'text' }, { type: 'count' }],
      async page(after, limit) {
        const start = after === undefined ? 0 : placeBehind(dated, rows, String(after[0]), Number(after[1]));
        const page = rows.subarray(start, start + limit);
        const items = Array.from(page, (index) => keyAccount(dated, index, reader));
        const last = items.at(-1);
        if (last === undefined || start + limit >= rows.length) return { items };
        return { items, next: [last.accountId, start + limit] };
      },
    };
  }
}

function isUnpublished({ version: { status } }: DatedRanking): boolean {
  return status === 'draft' || status === 'approved';
}

/** Places of the accounts that are shown, best first. */
function rowsShown(
  { ranking, population }: DatedRanking,
  reader: Reader,
  region: string | undefined,
  tier: string | undefined,
): Uint32Array {
  if (reader.accounts === undefined && region === undefined && tier === undefined) return ranking.order;
  return ranking.order.filter((index) => {
    const account = population.accounts[index]!;
    return (
      sees(reader, account.accountId) &&
      (region === undefined || account.region === region) &&
      (tier === undefined || tierAt(ranking, index) === tier)
    );
  });
}

/**
 * Where a page goes on: behind the account that ended the page before, wherever it stands by now, so that a ranking that
 * has changed in between neither repeats what is below it nor loses it.
 */
function placeBehind({ population }: DatedRanking, rows: Uint32Array, accountId: string, place: number): number {
  const found = rows.indexOf(population.indexOf(accountId));
  return found < 0 ? place : found + 1;
}

function keyAccount({ ranking, population }: DatedRanking, index: number, reader: Reader): KeyAccount {
  const { accountId, name } = population.accounts[index]!;
  const { rank, score, coverage, tier, candidate, noScore, gates, contributions } = standingOf(
    ranking,
    population,
    index,
    reader,
  );
  const metrics = Object.fromEntries(
    Object.entries(population.metricsOf(index)).map(([metric, value]) => [metric, shownTo(reader, metric, value)]),
  );
  return {
    rank,
    accountId,
    name,
    score,
    coverage,
    tier,
    candidate,
    noScore,
    gates,
    metrics,
    contributions,
    designation: null,
  };
}

/** The CSV form has a column for every appraisal that any account has which the reader sees. */
function columnsOf({ population }: DatedRanking, reader: Reader): readonly string[] {
  const metrics = [...METRIC_IDS, ...appraisalsSeen(population, reader)].map((metric) => `metrics.${metric}`);
  const before = ['rank', 'accountId', 'name', 'score', 'coverage', 'tier', 'candidate', 'noScore', 'gates'];
  return [...before, ...metrics, 'contributions', 'designation'];
}

function appraisalsSeen(population: MetricPopulation, { accounts }: Reader): readonly string[] {
  if (accounts === undefined) return population.appraisals();
  const places = Array.from(accounts, (accountId) => population.indexOf(accountId)).filter((place) => place >= 0);
  return population.appraisals().filter((metric) => places.some((place) => population.value(metric, place) !== null));
}
