import type { Effect } from './projections/effects.js';

/*
 * All that an account's orders came to in a calendar year, day by day, in one row of integers: the read model behind
 * the metrics. A ranking reads two or three such rows an account, whatever the number of its orders.
 */

/** An integer; as a text where it is beyond what a double holds exactly. */
export type StoredInteger = number | string;

/** Six integers a day, days ascending: day, orders, credit notes, facts without cost, revenue, cost (micros). */
export type OrderDays = readonly StoredInteger[];
/** Two day numbers a cancelled order, ascending: placed, cancelled. */
export type CancelledOrders = readonly number[];

export interface OrderYear {
  readonly year: number;
  readonly days: OrderDays;
  /** Of the orders placed in this year. */
  readonly cancelled: CancelledOrders;
}

const DAY_WIDTH = 6;
const CANCELLED_WIDTH = 2;

/** A day of {@link OrderDays}; the amounts as they are stored. */
export interface OrderDay {
  readonly day: number;
  readonly orders: number;
  readonly creditNotes: number;
  readonly uncosted: number;
  readonly revenue: StoredInteger;
  readonly cost: StoredInteger;
}

export function withEffect(days: OrderDays, effect: Effect): OrderDays {
  const place = placeOf(days, effect.day, DAY_WIDTH);
  if (days[place] !== effect.day) return days.toSpliced(place, 0, ...storedDay(effect));
  const before = dayAt(days, place);
  const sum = storedDay({
    day: effect.day,
    orders: before.orders + effect.orders,
    creditNotes: before.creditNotes + effect.creditNotes,
    uncosted: before.uncosted + effect.uncosted,
    revenue: BigInt(before.revenue) + effect.revenue,
    cost: BigInt(before.cost) + effect.cost,
  });
  return days.toSpliced(place, DAY_WIDTH, ...sum);
}

export function withCancelled(
  cancelled: CancelledOrders,
  order: { readonly placed: number; readonly cancelled: number },
): CancelledOrders {
  let place = placeOf(cancelled, order.placed, CANCELLED_WIDTH);
  while (cancelled[place] === order.placed && Number(cancelled[place + 1]) < order.cancelled) place += CANCELLED_WIDTH;
  return cancelled.toSpliced(place, 0, order.placed, order.cancelled);
}

/** The days up to `asOf`, ascending; `orders` without those that were cancelled by then. */
export function* orderDays({ days, cancelled }: OrderYear, asOf: number): Generator<OrderDay> {
  let next = 0;
  for (let place = 0; place < days.length; place += DAY_WIDTH) {
    const day = dayAt(days, place);
    if (day.day > asOf) return;
    let gone = 0;
    for (; next < cancelled.length && Number(cancelled[next]) <= day.day; next += CANCELLED_WIDTH) {
      if (cancelled[next] === day.day && Number(cancelled[next + 1]) <= asOf) gone++;
    }
    yield gone === 0 ? day : { ...day, orders: day.orders - gone };
  }
}

function dayAt(days: OrderDays, place: number): OrderDay {
  return {
    day: days[place] as number,
    orders: days[place + 1] as number,
    creditNotes: days[place + 2] as number,
    uncosted: days[place + 3] as number,
    revenue: days[place + 4] ?? 0,
    cost: days[place + 5] ?? 0,
  };
}

function storedDay({ day, orders, creditNotes, uncosted, revenue, cost }: Effect): StoredInteger[] {
  return [day, orders, creditNotes, uncosted, stored(revenue), stored(cost)];
}

function stored(value: bigint): StoredInteger {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** Where the first group begins whose first number is not below the key; facts mostly come in order, so from the end. */
function placeOf(groups: readonly StoredInteger[], key: number, width: number): number {
  let place = groups.length;
  while (place > 0 && Number(groups[place - width]) >= key) place -= width;
  return place;
}
