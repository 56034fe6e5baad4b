import { Fraction, sum, ZERO } from './fraction.js';
import { type ResellerLine } from './reseller-sales.js';
import { monthsLater } from './visits-due.js';

const ONE = Fraction.of(1);
const TEN = Fraction.of(10);

/** What twelve months come to for an account; null where there is no such value. */
export interface YearOfReseller {
  readonly accountId: string;
  readonly revenue: Fraction;
  readonly grossProfit: Fraction;
  readonly profitShare: Fraction | null;
  readonly activeMonths: number;
  readonly revenueGrowth: Fraction | null;
}

/** The twelve months up to the end of a day, for every account with an order by then. */
export function yearsOfResellers(lines: readonly ResellerLine[], asOf: string): YearOfReseller[] {
  const [start, startBefore] = [monthsLater(asOf, -12), monthsLater(asOf, -24)];
  const accounts = new Map<string, ResellerLine[]>();
  for (const line of lines) {
    if (line.day > asOf) continue;
    const known = accounts.get(line.accountId);
    if (known === undefined) accounts.set(line.accountId, [line]);
    else known.push(line);
  }
  const years = [...accounts].map(([accountId, own]) => {
    const year = own.filter(({ day }) => day > start);
    const before = sum(own.filter(({ day }) => day > startBefore && day <= start).map((line) => line.revenue));
    const revenue = sum(year.map((line) => line.revenue));
    return {
      accountId,
      revenue,
      grossProfit: revenue.minus(sum(year.map(({ cost }) => cost))),
      activeMonths: new Set(year.map(({ day }) => day.slice(0, 7))).size,
      revenueGrowth: before.compare(ZERO) > 0 ? revenue.minus(before).over(before) : null,
    };
  });
  const profits = sum(years.map(({ grossProfit }) => grossProfit).filter((profit) => profit.compare(ZERO) > 0));
  return years.map((year) => ({
    ...year,
    profitShare: profits.compare(ZERO) > 0 ? year.grossProfit.over(profits) : null,
  }));
}

/** Points of one criterion, with its value and its weight; null where there is none. */
export interface Judged {
  readonly raw: Fraction | null;
  readonly points: Fraction | null;
  readonly weight: number;
}

export interface RankedReseller {
  readonly year: YearOfReseller;
  readonly judged: readonly Judged[];
  readonly score: Fraction;
  readonly coverage: Fraction;
  readonly enoughProfit: boolean;
  readonly enoughMonths: boolean;
}

const BANDS = [0, 1, 2, 3, 4, 6, 8, 9, 11, 12];

/** The policy of this suite: best score first, then more revenue, then the id. */
export function rankedResellers(years: readonly YearOfReseller[]): RankedReseller[] {
  const revenue = quantilePoints(years.map((year) => year.revenue));
  const grossProfit = quantilePoints(years.map((year) => year.grossProfit));
  return years
    .map((year) => {
      const months = Fraction.of(year.activeMonths);
      const judged = [
        { raw: year.revenue, points: revenue(year.revenue), weight: 4 },
        { raw: year.grossProfit, points: grossProfit(year.grossProfit), weight: 3 },
        { raw: months, points: bandPoints(year.activeMonths), weight: 2 },
        { raw: year.revenueGrowth, points: year.revenueGrowth && growthPoints(year.revenueGrowth), weight: 1 },
      ];
      const present = judged.filter(({ points }) => points !== null);
      const weights = Fraction.of(present.reduce((total, { weight }) => total + weight, 0));
      const sums = sum(present.map(({ points, weight }) => (points ?? ZERO).times(Fraction.of(weight))));
      return {
        year,
        judged,
        score: sums.over(weights),
        coverage: weights.over(TEN),
        enoughProfit: year.profitShare !== null && year.profitShare.compare(Fraction.of(2, 1_000)) >= 0,
        enoughMonths: year.activeMonths >= 4,
      };
    })
    .sort(
      (a, b) =>
        b.score.compare(a.score) ||
        b.year.revenue.compare(a.year.revenue) ||
        (a.year.accountId < b.year.accountId ? -1 : 1),
    );
}

/** Ten bins between type-7 quantiles: the cut at k tenths lies at (N − 1) k / 10 of the sorted values, interpolated. */
function quantilePoints(values: readonly Fraction[]): (value: Fraction) => Fraction {
  const sorted = [...values].sort((a, b) => a.compare(b));
  const cuts = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((k) => {
    const [below, tenths] = [Math.floor(((sorted.length - 1) * k) / 10), ((sorted.length - 1) * k) % 10];
    const low = sorted[below]!;
    const high = sorted[below + 1] ?? low;
    return low.plus(high.minus(low).times(Fraction.of(tenths, 10)));
  });
  return (value) => Fraction.of(1 + cuts.filter((cut) => cut.compare(value) < 0).length);
}

/** How many bounds are reached. */
function bandPoints(value: number): Fraction {
  return Fraction.of(Math.max(1, BANDS.filter((bound) => value >= bound).length));
}

/** From 1 at −0.5 to 10 at 1. */
function growthPoints(growth: Fraction): Fraction {
  const points = ONE.plus(growth.plus(Fraction.of(1, 2)).times(Fraction.of(6)));
  if (points.compare(ONE) < 0) return ONE;
  return points.compare(TEN) > 0 ? TEN : points;
}
