import { civilDate } from '#calendar';
import { cursorOf, type FieldValue, type Filter, type ReadStore } from '#event-sourcing';
import type { LedgerSettings, MetricRequest, MetricSource, MetricValue, MetricValues } from '#platform';
import {
  type DeliveryCounts,
  type MetricInputs,
  ORDER_METRIC_IDS,
  ORDER_METRICS,
  type OrderMetric,
  type Population,
  populationOf,
} from './order-metrics.js';
import {
  lastOrderDay,
  NOTHING_ORDERED,
  OrderSummation,
  type OrderSums,
  type OrderWindow,
  orderWindow,
} from './order-sums.js';
import type { OrderYear } from './order-years.js';
import { deliveriesProjection } from './projections/deliveries.projection.js';
import { ORDER_YEAR_TEXTS, orderYearOf, orderYearsProjection } from './projections/order-years.projection.js';

const NO_DELIVERIES: DeliveryCounts = { promised: 0, onTime: 0, judged: 0, accurate: 0 };
const NOTHING_FOUND: Readonly<FoundOfAccount> = {
  sums: NOTHING_ORDERED,
  lastOrderDay: null,
  deliveries: NO_DELIVERIES,
};
const NOBODY: Population = { revenue: 0n, grossProfit: 0n };
const DELIVERY_METRICS: readonly OrderMetric[] = ['onTimeRate', 'accurateRate'];
const SHARE_OF: Readonly<Partial<Record<OrderMetric, OrderMetric>>> = {
  revenueShare: 'revenue',
  profitShare: 'grossProfit',
};
const SHARES = Object.keys(SHARE_OF) as readonly OrderMetric[];
/** These need nothing of the read models of orders. */
const WITHOUT_ORDERS: readonly OrderMetric[] = [...DELIVERY_METRICS, 'costToServe'];

/** What the read models tell of an account, as far as it was asked for. */
interface FoundOfAccount {
  sums: OrderSums;
  /** Day number; null: none was found. */
  lastOrderDay: number | null;
  deliveries: DeliveryCounts;
}

/** By account. */
type Found = Map<string, FoundOfAccount>;

/**
 * The metrics of orders as of any day. One query for the years that the window touches (and those of the window before,
 * for growth); for `recencyDays` one or two for older ones, for the rates of deliveries two. Accounts that were asked for
 * by name have an answer each, with orders or without.
 */
export function orderMetrics(
  { calendar }: LedgerSettings,
  readStore: ReadStore,
  /** So many years of accounts are read at once. */
  pageSize = 1_000,
): MetricSource {
  const { collection } = orderYearsProjection(calendar);
  const deliveries = deliveriesProjection(calendar).collection.name;

  /** Goes through the years that meet the filter, account by account, a page at a time: rows at once would be 300 MB. */
  async function eachAccount(filter: Filter, take: (accountId: string, own: readonly OrderYear[]) => void) {
    let accountId: string | undefined;
    let own: OrderYear[] = [];
    let after: readonly FieldValue[] | undefined;
    for (;;) {
      const rows = await readStore.find(collection.name, {
        asText: ORDER_YEAR_TEXTS,
        filter,
        limit: pageSize,
        ...(after !== undefined && { after }),
      });
      for (const row of rows) {
        const next = String(row.accountId);
        if (next !== accountId) {
          if (accountId !== undefined) take(accountId, own);
          accountId = next;
          own = [];
        }
        own.push(orderYearOf(row));
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageSize) break;
      after = cursorOf(collection, [], last);
    }
    if (accountId !== undefined) take(accountId, own);
  }

  /** @param after the day before the first that is wanted; null: all history */
  async function addOrders(found: Found, window: OrderWindow, after: number | null, filter: Filter): Promise<void> {
    const summation = new OrderSummation(window);
    const year = { ...(after !== null && { gte: yearOf(after + 1) }), lte: yearOf(window.asOf) };
    await eachAccount({ ...filter, year }, (accountId, own) => {
      const sums = summation.of(own);
      found.set(accountId, { sums, lastOrderDay: sums.lastOrderDay, deliveries: NO_DELIVERIES });
    });
  }

  /** Adds the day of the last order of those accounts that have none in the years after `after`, looked at already. */
  async function addOlderOrders(found: Found, asOf: number, after: number, filter: Filter): Promise<void> {
    const lastYear = yearOf(after + 1) - 1n;
    const newest = await readStore.latestBy(collection.name, {
      asText: ORDER_YEAR_TEXTS,
      groupBy: ['accountId'],
      by: 'year',
      upTo: lastYear,
      filter,
    });
    const cancelledOnly: string[] = [];
    for (const row of newest) {
      const own = foundOf(found, String(row.accountId));
      if (own.lastOrderDay !== null) continue;
      own.lastOrderDay = lastOrderDay([orderYearOf(row)], asOf);
      if (own.lastOrderDay === null) cancelledOnly.push(String(row.accountId));
    }
    if (cancelledOnly.length === 0) return;
    await eachAccount({ accountId: { in: cancelledOnly }, year: { lt: lastYear } }, (accountId, own) => {
      foundOf(found, accountId).lastOrderDay = lastOrderDay(own, asOf);
    });
  }

  async function deliveriesUpTo(day: number, filter: Filter): Promise<Map<string, DeliveryCounts>> {
    const rows = await readStore.latestBy(deliveries, {
      fields: ['accountId', 'promised', 'onTime', 'judged', 'accurate'],
      groupBy: ['accountId'],
      by: 'day',
      upTo: BigInt(day),
      filter,
    });
    return new Map(
      rows.map(({ accountId, promised, onTime, judged, accurate }) => [
        String(accountId),
        { promised: Number(promised), onTime: Number(onTime), judged: Number(judged), accurate: Number(accurate) },
      ]),
    );
  }

  async function addDeliveries(found: Found, { asOf, from }: OrderWindow, filter: Filter): Promise<void> {
    const until = await deliveriesUpTo(asOf, filter);
    const before = from === null ? new Map<string, DeliveryCounts>() : await deliveriesUpTo(from, filter);
    for (const [accountId, counts] of until) {
      foundOf(found, accountId).deliveries = difference(counts, before.get(accountId) ?? NO_DELIVERIES);
    }
  }

  return {
    ids: ORDER_METRIC_IDS,
    shares: SHARE_OF,
    absent: () =>
      valuesOf(ORDER_METRIC_IDS, {
        ...NOTHING_FOUND,
        window: orderWindow(0, 12),
        population: { revenue: 1n, grossProfit: 1n },
      }),
    async load(request: MetricRequest): Promise<MetricValues> {
      const wanted = new Set<string>(request.ids ?? ORDER_METRIC_IDS);
      const ids = ORDER_METRIC_IDS.filter((id) => wanted.has(id));
      const wants = (some: readonly OrderMetric[]) => ids.some((id) => some.includes(id));
      const window = orderWindow(request.asOf, request.windowMonths);
      const named: Filter = request.accounts === undefined ? {} : { accountId: { in: request.accounts } };

      const after = wants(['revenueGrowth']) ? window.before : window.from;
      const everybody = wants(SHARES);
      const found: Found = new Map();
      if (!ids.every((id) => WITHOUT_ORDERS.includes(id))) {
        await addOrders(found, window, after, everybody ? {} : named);
      }
      const population = everybody ? populationOf(found.values()) : NOBODY;
      if (wants(['recencyDays']) && after !== null) await addOlderOrders(found, window.asOf, after, named);
      if (wants(DELIVERY_METRICS)) await addDeliveries(found, window, named);

      const values = new Map<string, Readonly<Record<string, MetricValue>>>();
      for (const accountId of request.accounts ?? found.keys()) {
        const { sums, lastOrderDay, deliveries } = found.get(accountId) ?? NOTHING_FOUND;
        values.set(accountId, valuesOf(ids, { window, sums, lastOrderDay, deliveries, population }));
      }
      return values;
    },
  };
}

function foundOf(found: Found, accountId: string): FoundOfAccount {
  const known = found.get(accountId);
  if (known !== undefined) return known;
  const own = { ...NOTHING_FOUND };
  found.set(accountId, own);
  return own;
}

function valuesOf(ids: readonly OrderMetric[], inputs: MetricInputs): Record<string, MetricValue> {
  const values: Record<string, MetricValue> = {};
  for (const id of ids) values[id] = ORDER_METRICS[id](inputs);
  return values;
}

function difference(a: DeliveryCounts, b: DeliveryCounts): DeliveryCounts {
  return {
    promised: a.promised - b.promised,
    onTime: a.onTime - b.onTime,
    judged: a.judged - b.judged,
    accurate: a.accurate - b.accurate,
  };
}

function yearOf(day: number): bigint {
  return BigInt(civilDate(day).year);
}
