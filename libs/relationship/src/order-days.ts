import { addMonths, formatDate, parseDate } from '#calendar';
import { KeyedState, type ValueForm } from '#event-sourcing';
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

/** What happened on one UTC date: its sums, and how many facts are behind them, which stand in {@link OrderDays}. */
interface OrderDay {
  readonly date: string;
  readonly placed: number;
  readonly revenue: bigint;
  readonly facts: number;
  /** Of the orders placed on this day, whenever they were cancelled. */
  readonly cancellations: number;
}

/**
 * An account's orders by UTC date: the sums of any window cost its days, and a late fact costs no more than another. The
 * days are those of UTC because that costs no look at the calendar for each of an account's orders; windows have the ledger's
 * days all the same, see {@link orderTotals}.
 */
export interface OrderDays {
  /** By month, `YYYY-MM`, the days on which something happened. */
  readonly months: KeyedState<readonly OrderDay[]>;
  /** The facts behind a day, for a window that begins or ends in its midst; a day can have thousands, so in handfuls. */
  readonly facts: KeyedState<readonly RevenueFact[]>;
  readonly cancellations: KeyedState<readonly Cancellation[]>;
}

const HANDFUL = 32;

const monthForm: ValueForm<readonly OrderDay[]> = {
  write: (days) =>
    days.map(({ date, placed, revenue, facts, cancellations }) => [
      date,
      placed,
      String(revenue),
      facts,
      cancellations,
    ]),
  read: (json) =>
    (json as [string, number, string, number, number][]).map(([date, placed, revenue, facts, cancellations]) => ({
      date,
      placed,
      revenue: BigInt(revenue),
      facts,
      cancellations,
    })),
};

const factsForm: ValueForm<readonly RevenueFact[]> = {
  write: (facts) => facts.map(({ at, revenue, placed }) => [at, String(revenue), placed ? 1 : 0]),
  read: (json) =>
    (json as [string, string, number][]).map(([at, revenue, placed]) => ({
      at,
      revenue: BigInt(revenue),
      placed: placed === 1,
    })),
};

const cancellationsForm: ValueForm<readonly Cancellation[]> = {
  write: (cancellations) => cancellations.map(({ placedAt, cancelledAt }) => [placedAt, cancelledAt]),
  read: (json) => (json as [string, string][]).map(([placedAt, cancelledAt]) => ({ placedAt, cancelledAt })),
};

export const NO_ORDERS: OrderDays = {
  months: KeyedState.empty('relationship.order-months', monthForm),
  facts: KeyedState.empty('relationship.revenue-facts', factsForm),
  cancellations: KeyedState.empty('relationship.cancellations', cancellationsForm),
};

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
  const day = dayOf(days, date);
  const after = {
    ...days,
    months: withDay(days.months, {
      ...day,
      placed: day.placed + (placed ? 1 : 0),
      revenue: day.revenue + revenue,
      facts: day.facts + 1,
    }),
    facts: withNext(days.facts, date, day.facts, { at: occurredAt, revenue, placed }),
  };
  return type === ORDER_CANCELLED ? withCancellation(after, event.data.placedAt, occurredAt) : after;
}

function withCancellation(days: OrderDays, placedAt: string, cancelledAt: string): OrderDays {
  const date = utcDate(placedAt);
  const day = dayOf(days, date);
  return {
    ...days,
    months: withDay(days.months, { ...day, cancellations: day.cancellations + 1 }),
    cancellations: withNext(days.cancellations, date, day.cancellations, { placedAt, cancelledAt }),
  };
}

function dayOf({ months }: OrderDays, date: string): OrderDay {
  const known = months.get(monthOf(date))?.find((day) => day.date === date);
  return known ?? { date, placed: 0, revenue: 0n, facts: 0, cancellations: 0 };
}

function withDay(months: OrderDays['months'], day: OrderDay): OrderDays['months'] {
  const month = monthOf(day.date);
  return months.set(month, [...(months.get(month) ?? []).filter(({ date }) => date !== day.date), day]);
}

/** The handfuls of a day with one more. @param count how many it has */
function withNext<T>(handfuls: KeyedState<readonly T[]>, date: string, count: number, next: T): typeof handfuls {
  const key = handfulKey(date, count);
  return handfuls.set(key, count % HANDFUL === 0 ? [next] : [...(handfuls.get(key) ?? []), next]);
}

function* ofDay<T>(handfuls: KeyedState<readonly T[]>, date: string, count: number): Generator<T> {
  for (let place = 0; place < count; place += HANDFUL) yield* handfuls.get(handfulKey(date, place)) ?? [];
}

function handfulKey(date: string, place: number): string {
  return `${date} ${Math.floor(place / HANDFUL)}`;
}

function utcDate(instant: string): string {
  return instant.slice(0, 10);
}

function monthOf(date: string): string {
  return date.slice(0, 7);
}

/**
 * Orders and revenue from one instant to another, both included. An order cancelled by the end does not count.
 *
 * @param from, until UTC, milliseconds
 */
export function orderTotals(days: OrderDays, from: string, until: string): OrderTotals {
  const within = (instant: string) => from <= instant && instant <= until;
  const [first, last] = [utcDate(from), utcDate(until)];
  let orders = 0;
  let revenue = 0n;
  for (const month of monthsBetween(first, last)) {
    for (const day of days.months.get(month) ?? []) {
      if (day.date < first || day.date > last) continue;
      const isWhole = first < day.date && day.date < last;
      const totals = isWhole ? day : totalsWithin(ofDay(days.facts, day.date, day.facts), within);
      orders += totals.placed;
      revenue += totals.revenue;
      for (const { placedAt, cancelledAt } of ofDay(days.cancellations, day.date, day.cancellations)) {
        if (within(placedAt) && cancelledAt <= until) orders -= 1;
      }
    }
  }
  return { orders, revenue };
}

function* monthsBetween(first: string, last: string): Generator<string> {
  const [from, to] = [parseDate(`${monthOf(first)}-01`), parseDate(last)];
  if (from === undefined || to === undefined) throw new RangeError(`not two dates: ${first}, ${last}`);
  for (let day = from; day <= to; day = addMonths(day, 1)) yield monthOf(formatDate(day));
}

function totalsWithin(
  facts: Iterable<RevenueFact>,
  within: (instant: string) => boolean,
): Pick<OrderDay, 'placed' | 'revenue'> {
  let placed = 0;
  let revenue = 0n;
  for (const fact of facts) {
    if (!within(fact.at)) continue;
    placed += fact.placed ? 1 : 0;
    revenue += fact.revenue;
  }
  return { placed, revenue };
}
