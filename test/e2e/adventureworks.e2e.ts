import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Backend, embedded } from './backends.js';
import { type ImportedFile, importFile, sampleMap } from './import-file.js';
import { type Answer, type ApiClient, LedgerProcess } from './ledger-process.js';
import { Fraction, sum, ZERO } from './reference/fraction.js';
import { type RankedReseller, rankedResellers, yearsOfResellers } from './reference/reseller-ranking.js';
import { type ResellerLine, resellerLines } from './reference/reseller-sales.js';
import { monthsLater } from './reference/visits-due.js';
import { describeWithSharedData, SHARED_DATA, sharedText } from './shared-data.js';
import { type Items, pagedList, streamedList } from './whole-list.js';

const SLOW = 240_000;
const ORDER_LINES = ['adventureworks', 'reseller_order_lines.csv.gz'] as const;
const AS_OF = '2012-12-31';
const PRECISION = 11;

const POLICY = {
  policyId: 'resellers',
  name: 'Resellers that grow',
  windowMonths: 12,
  gates: [
    { metric: 'profitShare', op: '>=', value: 0.002 },
    { metric: 'activeMonths', op: '>=', value: 4 },
  ],
  criteria: [
    { key: 'revenue', metric: 'revenue', weight: 4, scale: { type: 'quantile', bins: 10 } },
    { key: 'profit', metric: 'grossProfit', weight: 3, scale: { type: 'quantile', bins: 10 } },
    {
      key: 'regularity',
      metric: 'activeMonths',
      weight: 2,
      scale: { type: 'bands', bounds: [0, 1, 2, 3, 4, 6, 8, 9, 11, 12] },
    },
    { key: 'growth', metric: 'revenueGrowth', weight: 1, scale: { type: 'linear', min: -0.5, max: 1 } },
  ],
  selection: { top: 20, requireGates: true },
  tiers: [{ tier: 'key', selected: true }, { tier: 'regular' }],
  effectiveFrom: '2010-01-01',
};

/** Sales to resellers with the cost of each line: profit, gates and a policy of four criteria. */
function adventureWorks(): void {
  let backend: Backend;
  let ledger: LedgerProcess | undefined;
  let client: ApiClient;
  let lines: ResellerLine[];
  let imported: ImportedFile;
  let published: Answer;

  beforeAll(async () => {
    lines = resellerLines(sharedText(...ORDER_LINES));
    backend = await embedded.open({ KEYLEDGER_BASE_CURRENCY: 'USD', KEYLEDGER_TIME_ZONE: 'America/Los_Angeles' });
    const file = join(SHARED_DATA, ...ORDER_LINES);
    imported = await importFile(backend.environment, file, 'orders', sampleMap('adventureworks'));
    ledger = await LedgerProcess.start(backend.environment);
    client = ledger.client();
    published = await client.must('POST', '/v1/policies', POLICY);
  }, SLOW);
  afterAll(async () => {
    await ledger?.stop();
    await backend?.close();
  }, SLOW);

  const path = (asOf: string) => `/v1/key-accounts?policy=resellers&asOf=${asOf}`;
  const ranking = (asOf: string): Promise<Items> => streamedList(client, path(asOf), published);
  const expectedRanking = (asOf: string) => rankedResellers(yearsOfResellers(lines, asOf));

  it('takes every order', () => {
    expect(new Set(lines.map(({ orderId }) => orderId)).size).toBe(3_796);
    expect(imported).toMatchObject({
      rows: 60_855,
      documents: { accepted: 3_796, skipped: 0, rejected: 0 },
      errors: [],
    });
  });

  // The ends of a year and of a leap year's February, a day within a month, and a day before there is any growth.
  it.each([AS_OF, '2013-02-28', '2012-11-15', '2011-06-30'])(
    'agrees on profit, gates, points, scores and ranks of every account as of %s',
    async (asOf) => {
      const items = await ranking(asOf);
      const expected = expectedRanking(asOf);
      expect(items.map(({ accountId, rank }) => [rank, accountId])).toEqual(
        expected.map(({ year }, index) => [index + 1, year.accountId]),
      );
      expect(items.map(exactOf)).toEqual(expected.map(expectedExact));
      items.forEach((item, index) => {
        expectNumbers(item, expected[index]!);
      });
    },
    SLOW,
  );

  it('selects the first of those that pass both gates', async () => {
    const passing = expectedRanking(AS_OF)
      .filter(({ enoughProfit, enoughMonths }) => enoughProfit && enoughMonths)
      .map(({ year }) => year.accountId);
    expect(passing.length).toBeGreaterThan(POLICY.selection.top);
    const items = await ranking(AS_OF);
    const candidates = items.filter(({ candidate }) => candidate);
    expect(candidates.map(({ accountId }) => accountId)).toEqual(passing.slice(0, POLICY.selection.top));
    expect(items.filter(({ tier }) => tier === 'key')).toEqual(candidates);
  });

  it('is about accounts of every sort: each gate passed and failed, losses, no growth known', () => {
    const expected = expectedRanking(AS_OF);
    const both = new Set([true, false]);
    expect(new Set(expected.map(({ enoughProfit }) => enoughProfit))).toEqual(both);
    expect(new Set(expected.map(({ enoughMonths }) => enoughMonths))).toEqual(both);
    expect(new Set(expected.map(({ year }) => year.grossProfit.compare(ZERO) < 0))).toEqual(both);
    expect(new Set(expected.map(({ year }) => year.revenueGrowth === null))).toEqual(both);
  });

  it('lists the same page by page', async () => {
    expect(await pagedList(client, path(AS_OF), published)).toEqual(await ranking(AS_OF));
  });

  it('tells the gross profit of every month', async () => {
    const { items } = await client.ask(`/v1/revenue?interval=month&until=${AS_OF}`, published);
    // From the first month with an order to the last, those without any too.
    const months = monthsBetween('2010-12', '2012-12');
    expect(months).toHaveLength(25);
    expect(items).toEqual(
      months.map((period) => {
        const own = lines.filter(({ day }) => day.startsWith(period));
        const revenue = sum(own.map((line) => line.revenue));
        return {
          period,
          revenue: revenue.toDecimal(),
          grossProfit: revenue.minus(sum(own.map(({ cost }) => cost))).toDecimal(),
          orders: new Set(own.map(({ orderId }) => orderId)).size,
          creditNotes: 0,
        };
      }),
    );
  });
}

/** Both included. */
function monthsBetween(first: string, last: string): string[] {
  const months = [first];
  for (let next = first; next < last; ) {
    next = monthsLater(`${next}-01`, 1).slice(0, 7);
    months.push(next);
  }
  return months;
}

/** What has to agree to the digit. */
function exactOf({ metrics, gates, contributions }: Items[number]): unknown {
  return {
    revenue: metrics.revenue,
    grossProfit: metrics.grossProfit,
    activeMonths: metrics.activeMonths,
    gates: gates.map(({ metric, passed }: Items[number]) => [metric, passed]),
    quantilesAndBands: contributions.slice(0, 3).map(({ criterion, points }: Items[number]) => [criterion, points]),
  };
}

function expectedExact({ year, judged, enoughProfit, enoughMonths }: RankedReseller): unknown {
  const [revenue, profit, regularity] = judged.map(({ points }) => points?.toNumber());
  return {
    revenue: year.revenue.toDecimal(),
    grossProfit: year.grossProfit.toDecimal(),
    activeMonths: year.activeMonths,
    gates: [
      ['profitShare', enoughProfit],
      ['activeMonths', enoughMonths],
    ],
    quantilesAndBands: [
      ['revenue', revenue],
      ['profit', profit],
      ['regularity', regularity],
    ],
  };
}

/** Compares what is no decimal number of finite length. */
function expectNumbers(item: Items[number], { year, judged, score, coverage }: RankedReseller): void {
  expectNear(item.score, score);
  expectNear(item.coverage, coverage);
  expectNear(item.metrics.profitShare, year.profitShare);
  expectNear(item.metrics.revenueGrowth, year.revenueGrowth);
  const [profitShare, activeMonths] = item.gates;
  expectNear(profitShare.actual, year.profitShare);
  expect(activeMonths.actual).toBe(year.activeMonths);
  const present = Fraction.of(judged.reduce((total, each) => total + (each.points === null ? 0 : each.weight), 0));
  judged.forEach(({ points, weight }, index) => {
    const contribution = item.contributions[index];
    expect(contribution.weight).toBe(weight);
    expectNear(contribution.points, points);
    expectNear(contribution.contribution, points?.times(Fraction.of(weight)).over(present) ?? null);
  });
  expectNear(item.contributions[3].raw, year.revenueGrowth);
}

function expectNear(actual: number | null, expected: Fraction | null): void {
  if (expected === null) expect(actual).toBeNull();
  else expect(actual).toBeCloseTo(expected.toNumber(), PRECISION);
}

describeWithSharedData('AdventureWorks', adventureWorks);
