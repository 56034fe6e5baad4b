import { divideHalfEven, ratio } from '#money';
import type { MetricValue } from '#platform';
import type { OrderSums, OrderWindow } from './order-sums.js';

/** Running totals of deliveries: with a promise, on time, with a verdict, accurate. */
export interface DeliveryCounts {
  readonly promised: number;
  readonly onTime: number;
  readonly judged: number;
  readonly accurate: number;
}

/** Sums over the whole population, the denominators of the shares. Micros. */
export interface Population {
  /** Of the accounts with revenue > 0. */
  readonly revenue: bigint;
  /** Of the accounts with a known gross profit > 0. */
  readonly grossProfit: bigint;
}

/** All that the metrics of one account are made of. */
export interface MetricInputs {
  readonly window: OrderWindow;
  readonly sums: OrderSums;
  /** Day of the last order, in the whole history. */
  readonly lastOrderDay: number | null;
  readonly deliveries: DeliveryCounts;
  readonly population: Population;
}

/** Each metric by its id in formulas.md; money in micros of the base currency. */
export const ORDER_METRICS = {
  revenue: ({ sums }) => sums.revenue,
  grossProfit: ({ sums }) => grossProfit(sums),
  // No capability records costs of service yet.
  costToServe: () => 0n,
  netProfit: ({ sums }) => grossProfit(sums),
  costToRevenue: ({ sums }) => (sums.revenue <= 0n || sums.costUnknown ? null : ratio(sums.cost, sums.revenue)),
  orderCount: ({ sums }) => sums.orders,
  ordersPerMonth: ({ sums, window }) => (window.months === null ? null : sums.orders / window.months),
  activeMonths: ({ sums }) => sums.activeMonths,
  recencyDays: ({ lastOrderDay, window }) => (lastOrderDay === null ? null : window.asOf - lastOrderDay),
  averageOrderValue: ({ sums }) => (sums.orders === 0 ? null : divideHalfEven(sums.revenue, BigInt(sums.orders))),
  // All history has no window before it.
  revenueGrowth: ({ sums }) =>
    sums.revenueBefore <= 0n ? null : ratio(sums.revenue - sums.revenueBefore, sums.revenueBefore),
  revenueStability: ({ sums }) => stability(sums.monthlyRevenues),
  revenueShare: ({ sums, population }) => (population.revenue === 0n ? null : ratio(sums.revenue, population.revenue)),
  profitShare({ sums, population }) {
    const profit = grossProfit(sums);
    return profit === null || population.grossProfit === 0n ? null : ratio(profit, population.grossProfit);
  },
  onTimeRate: ({ deliveries }) => (deliveries.promised === 0 ? null : deliveries.onTime / deliveries.promised),
  accurateRate: ({ deliveries }) => (deliveries.judged === 0 ? null : deliveries.accurate / deliveries.judged),
} as const satisfies Readonly<Record<string, (inputs: MetricInputs) => MetricValue>>;

export type OrderMetric = keyof typeof ORDER_METRICS;

export const ORDER_METRIC_IDS = Object.keys(ORDER_METRICS) as readonly OrderMetric[];

/** Revenue less cost of goods; null when goods moved whose cost is not known. */
export function grossProfit({ revenue, cost, costUnknown }: OrderSums): bigint | null {
  return costUnknown ? null : revenue - cost;
}

export function populationOf(accounts: Iterable<{ readonly sums: OrderSums }>): Population {
  let [revenue, profit] = [0n, 0n];
  for (const { sums } of accounts) {
    if (sums.revenue > 0n) revenue += sums.revenue;
    const own = grossProfit(sums);
    if (own !== null && own > 0n) profit += own;
  }
  return { revenue, grossProfit: profit };
}

/** 1 − standard deviation / mean, the deviation being that of the whole population of months (divided by their number). */
function stability(monthlyRevenues: readonly number[]): number | null {
  const count = monthlyRevenues.length;
  if (count < 3) return null;
  let sum = 0;
  for (const revenue of monthlyRevenues) sum += revenue;
  const mean = sum / count;
  if (mean <= 0) return null;
  let squares = 0;
  for (const revenue of monthlyRevenues) squares += (revenue - mean) ** 2;
  return Math.max(0, 1 - Math.sqrt(squares / count) / mean);
}
