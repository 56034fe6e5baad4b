import { Map as ImmutableMap, Stack } from 'immutable';
import { formatDate, parseDate } from '#calendar';
import { parseMicros } from '#money';
import { ORDER_CANCELLED, ORDER_PLACED, type OrderDelivered, type OrdersEvent } from '#orders/events';

/** One fact that changes revenue. */
interface RevenueFact {
  /** Instant: UTC, milliseconds. */
  readonly at: string;
  /** Signed micros of the base currency. */
  readonly revenue: bigint;
  readonly placed: boolean;
}

interface Cancellation {
  readonly placedAt: string;
  readonly cancelledAt: string;
}

/** What happened on one day: its sums, and the facts behind them for a window that begins or ends in its midst. */
interface OrderDay {
  readonly placed: number;
  readonly revenue: bigint;
  readonly facts: Stack<RevenueFact>;
  /** Of the orders placed on this day, whenever they were cancelled. */
  readonly cancellations: Stack<Cancellation>;
}

/**
 * An account's orders by UTC date: the sums of any window cost its days, and a late fact costs no more than another. The
 * days are those of UTC because that costs no look at the calendar for each of an account's orders; windows have the ledger's
 * days all the same, see {@link orderTotals}.
 */
export type OrderDays = ImmutableMap<string, OrderDay>;

export const NO_ORDERS: OrderDays = ImmutableMap();

const EMPTY_DAY: OrderDay = { placed: 0, revenue: 0n, facts: Stack(), cancellations: Stack() };

export interface OrderTotals {
  /** Orders placed and not cancelled. */
  readonly orders: number;
  /** Micros of the base currency. */
  readonly revenue: bigint;
}

/** The days after an event that changes revenue. */
export function withRevenueEvent(days: OrderDays, event: Exclude<OrdersEvent, OrderDelivered>): OrderDays {
  const { type, data, occurredAt } = event;
  const placed = type === ORDER_PLACED;
  const revenue = parseMicros(data.baseRevenue);
  const date = utcDate(occurredAt);
  const day = days.get(date, EMPTY_DAY);
  const after = days.set(date, {
    placed: day.placed + (placed ? 1 : 0),
    revenue: day.revenue + revenue,
    facts: day.facts.push({ at: occurredAt, revenue, placed }),
    cancellations: day.cancellations,
  });
  return type === ORDER_CANCELLED ? withCancellation(after, event.data.placedAt, occurredAt) : after;
}

function withCancellation(days: OrderDays, placedAt: string, cancelledAt: string): OrderDays {
  const date = utcDate(placedAt);
  const day = days.get(date, EMPTY_DAY);
  return days.set(date, { ...day, cancellations: day.cancellations.push({ placedAt, cancelledAt }) });
}

function utcDate(instant: string): string {
  return instant.slice(0, 10);
}

/**
 * Orders and revenue from one instant to another, both included. An order cancelled by the end does not count.
 *
 * @param from, until UTC, milliseconds
 */
export function orderTotals(days: OrderDays, from: string, until: string): OrderTotals {
  const within = (instant: string) => from <= instant && instant <= until;
  let orders = 0;
  let revenue = 0n;
  for (const date of datesBetween(utcDate(from), utcDate(until))) {
    const day = days.get(date);
    if (day === undefined) continue;
    const isWhole = utcDate(from) < date && date < utcDate(until);
    const totals = isWhole ? day : totalsOf(day.facts.filter(({ at }) => within(at)));
    const cancelled = day.cancellations.count((each) => within(each.placedAt) && each.cancelledAt <= until);
    orders += totals.placed - cancelled;
    revenue += totals.revenue;
  }
  return { orders, revenue };
}

function* datesBetween(first: string, last: string): Generator<string> {
  const [from, to] = [parseDate(first), parseDate(last)];
  if (from === undefined || to === undefined) throw new RangeError(`not two dates: ${first}, ${last}`);
  for (let day = from; day <= to; day++) yield formatDate(day);
}

function totalsOf(facts: Stack<RevenueFact>): Pick<OrderDay, 'placed' | 'revenue'> {
  let placed = 0;
  let revenue = 0n;
  for (const fact of facts) {
    placed += fact.placed ? 1 : 0;
    revenue += fact.revenue;
  }
  return { placed, revenue };
}
