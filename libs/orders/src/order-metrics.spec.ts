import { describe, expect, it } from '@jest/globals';
import { parseDate } from '#calendar';
import { type MetricInputs, ORDER_METRICS, populationOf } from './order-metrics.js';
import { NOTHING_ORDERED, OrderSummation, type OrderSums, orderWindow } from './order-sums.js';
import type { OrderYear } from './order-years.js';

function day(date: string): number {
  return parseDate(date) ?? Number.NaN;
}

function year(number: number, days: readonly (readonly [string, number, bigint, bigint])[]): OrderYear {
  return {
    year: number,
    days: JSON.stringify(
      days.flatMap(([date, orders, revenue, cost]) => [
        day(date),
        orders,
        0,
        0,
        Number(revenue * 1_000_000n),
        Number(cost * 1_000_000n),
      ]),
    ),
    cancelled: [],
  };
}

const NO_DELIVERIES = { promised: 0, onTime: 0, judged: 0, accurate: 0 };

function inputs(sums: Partial<OrderSums>, more: Partial<MetricInputs> = {}): MetricInputs {
  return {
    window: orderWindow(day('2026-03-31'), 12),
    sums: { ...NOTHING_ORDERED, ...sums },
    lastOrderDay: null,
    deliveries: NO_DELIVERIES,
    population: { revenue: 0n, grossProfit: 0n },
    ...more,
  };
}

describe('the sums of a window', () => {
  const years = [
    year(2024, [['2024-06-09', 1, 50n, 20n]]),
    year(2025, [
      ['2025-06-09', 1, 100n, 60n],
      ['2025-06-10', 1, 10n, 6n],
      ['2025-12-31', 2, 20n, 12n],
    ]),
    year(2026, [
      ['2026-06-09', 1, 40n, 24n],
      ['2026-06-10', 1, 1_000n, 1n],
    ]),
  ];

  it('begin after the day of the window before, and end with the day asked for', () => {
    const sums = new OrderSummation(orderWindow(day('2026-06-09'), 12)).of(years);
    expect(sums).toMatchObject({ revenue: 70_000_000n, cost: 42_000_000n, orders: 4, revenueBefore: 100_000_000n });
    expect(sums.lastOrderDay).toBe(day('2026-06-09'));
  });

  it('count calendar months, so thirteen can be touched by twelve', () => {
    // June 2025, December 2025 and June 2026.
    expect(new OrderSummation(orderWindow(day('2026-06-09'), 12)).of(years).activeMonths).toBe(3);
  });

  it('are divided into whole months that end on the day asked for', () => {
    const { monthlyRevenues } = new OrderSummation(orderWindow(day('2026-06-09'), 12)).of(years);
    expect(monthlyRevenues).toHaveLength(12);
    expect(monthlyRevenues[0]).toBe(40_000_000);
    // (2025-12-09, 2026-01-09] and (2025-06-09, 2025-07-09].
    expect(monthlyRevenues[5]).toBe(20_000_000);
    expect(monthlyRevenues[11]).toBe(10_000_000);
  });

  it('go back to the first fact in all history', () => {
    const sums = new OrderSummation(orderWindow(day('2026-06-09'), null)).of(years);
    expect(sums).toMatchObject({ revenue: 220_000_000n, orders: 6, activeMonths: 4, revenueBefore: 0n });
    expect(sums.monthlyRevenues).toHaveLength(25);
  });

  it('are exact beyond what a double holds, and of one account after the other', () => {
    const most = 2 ** 53 - 1;
    const large: OrderYear = {
      year: 2026,
      days: JSON.stringify([
        ...[day('2026-04-10'), 1, 0, 0, most, 1],
        ...[day('2026-05-10'), 1, 0, 0, most, most],
        ...[day('2026-05-11'), 1, 0, 0, 2, '9007199254740993'],
      ]),
      cancelled: [],
    };
    const summation = new OrderSummation(orderWindow(day('2026-06-09'), 2));
    expect(summation.of([large])).toMatchObject({
      revenue: 2n * BigInt(most) + 2n,
      cost: 1n + BigInt(most) + 9_007_199_254_740_993n,
      monthlyRevenues: [Number(BigInt(most) + 2n), most],
    });
    // Between months, too: what is too much for a double on the way may be little in the end.
    const back: OrderYear = {
      year: 2024,
      days: JSON.stringify([
        ...[day('2024-04-10'), 1, 0, 0, -10, 0],
        ...[day('2024-05-10'), 1, 0, 0, 2, 0],
        ...[day('2024-06-09'), 1, 0, 0, most, 0],
      ]),
      cancelled: [],
    };
    expect(new OrderSummation(orderWindow(day('2024-06-09'), 3)).of([back]).revenue).toBe(BigInt(most) - 8n);
    expect(summation.of(years)).toEqual(new OrderSummation(orderWindow(day('2026-06-09'), 2)).of(years));
    expect(summation.of([])).toEqual({ ...NOTHING_ORDERED, monthlyRevenues: [0, 0] });
  });

  it('leave out what was cancelled by the day asked for, and only that', () => {
    const [, , last] = years;
    const cancelled: OrderYear = {
      ...last!,
      cancelled: [day('2026-06-09'), day('2026-06-20'), day('2026-06-10'), day('2026-06-15')],
    };
    const asOf = (date: string) => new OrderSummation(orderWindow(day(date), 1)).of([cancelled]).orders;
    expect([asOf('2026-06-14'), asOf('2026-06-15'), asOf('2026-06-20')]).toEqual([2, 1, 0]);
  });
});

describe('the metrics', () => {
  it('of a window with orders of known cost', () => {
    const own = inputs(
      { revenue: 1_000_000_000n, cost: 600_000_000n, orders: 3, activeMonths: 2, revenueBefore: 800_000_000n },
      {
        lastOrderDay: day('2026-03-01'),
        deliveries: { promised: 4, onTime: 3, judged: 5, accurate: 1 },
        population: { revenue: 4_000_000_000n, grossProfit: 500_000_000n },
      },
    );
    expect(ORDER_METRICS.grossProfit(own)).toBe(400_000_000n);
    expect(ORDER_METRICS.netProfit(own)).toBe(400_000_000n);
    expect(ORDER_METRICS.costToServe()).toBe(0n);
    expect(ORDER_METRICS.costToRevenue(own)).toBe(0.6);
    expect(ORDER_METRICS.ordersPerMonth(own)).toBe(0.25);
    expect(ORDER_METRICS.recencyDays(own)).toBe(30);
    expect(ORDER_METRICS.averageOrderValue(own)).toBe(333_333_333n);
    expect(ORDER_METRICS.revenueGrowth(own)).toBe(0.25);
    expect(ORDER_METRICS.revenueShare(own)).toBe(0.25);
    expect(ORDER_METRICS.profitShare(own)).toBe(0.8);
    expect(ORDER_METRICS.onTimeRate(own)).toBe(0.75);
    expect(ORDER_METRICS.accurateRate(own)).toBe(0.2);
  });

  it('that nothing can be told of are null', () => {
    const nothing = inputs({});
    for (const id of [
      'costToRevenue',
      'recencyDays',
      'averageOrderValue',
      'revenueGrowth',
      'revenueStability',
      'revenueShare',
      'profitShare',
      'onTimeRate',
      'accurateRate',
    ] as const) {
      expect([id, ORDER_METRICS[id](nothing)]).toEqual([id, null]);
    }
    expect(ORDER_METRICS.revenueGrowth(inputs({ revenue: 5n, revenueBefore: -1n }))).toBeNull();
    expect(ORDER_METRICS.ordersPerMonth(inputs({}, { window: orderWindow(0, null) }))).toBeNull();
  });

  it('that need the cost are null where one is not known', () => {
    const unknown = inputs({ revenue: 5n, costUnknown: true }, { population: { revenue: 5n, grossProfit: 5n } });
    for (const id of ['grossProfit', 'netProfit', 'costToRevenue', 'profitShare'] as const) {
      expect([id, ORDER_METRICS[id](unknown)]).toEqual([id, null]);
    }
  });

  it('of stability are one less the coefficient of variation', () => {
    const stability = (...units: number[]) =>
      ORDER_METRICS.revenueStability(inputs({ monthlyRevenues: units.map((each) => each * 1_000_000) }));
    expect(stability(5, 5, 5)).toBe(1);
    // Mean 5, deviations −3, −1, −1, −1, 0, 0, 2, 4: variance 32 / 8, so 1 − 2 / 5.
    expect(stability(2, 4, 4, 4, 5, 5, 7, 9)).toBeCloseTo(0.6, 12);
    expect(stability(0, 0, 9)).toBe(0);
    expect(stability(5, 5)).toBeNull();
    expect(stability(5, -5, 0)).toBeNull();
  });

  it('of shares have the positive ones for their denominator', () => {
    const accounts = [
      { sums: { ...NOTHING_ORDERED, revenue: 10n, cost: 4n } },
      { sums: { ...NOTHING_ORDERED, revenue: 5n, cost: 9n } },
      { sums: { ...NOTHING_ORDERED, revenue: 3n, costUnknown: true } },
      { sums: { ...NOTHING_ORDERED, revenue: -7n } },
    ];
    expect(populationOf(accounts)).toEqual({ revenue: 18n, grossProfit: 6n });
  });
});
