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
interface OrderDay {
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

/**
 * Goes through the days up to `asOf`, ascending. What it tells is of the day that {@link OrderDayCursor.next} went to: a
 * ranking looks at millions of them, too many to make an object of each.
 */
export class OrderDayCursor {
  #place = -DAY_WIDTH;
  #nextCancelled = 0;
  #gone = 0;

  constructor(
    private readonly year: OrderYear,
    private readonly asOf: number,
  ) {}

  /** Whether there is one more. */
  next(): boolean {
    const { days, cancelled } = this.year;
    this.#place += DAY_WIDTH;
    if (this.#place >= days.length || this.day > this.asOf) return false;
    this.#gone = cancelled.length === 0 ? 0 : this.#cancelledOn(this.day);
    return true;
  }

  #cancelledOn(day: number): number {
    const { cancelled } = this.year;
    let gone = 0;
    for (; (cancelled[this.#nextCancelled] as number) <= day; this.#nextCancelled += CANCELLED_WIDTH) {
      const [placed, on] = [cancelled[this.#nextCancelled], cancelled[this.#nextCancelled + 1]];
      if (placed === day && Number(on) <= this.asOf) gone++;
    }
    return gone;
  }

  get day(): number {
    return this.year.days[this.#place] as number;
  }

  /** Without those that were cancelled by `asOf`. */
  get orders(): number {
    return (this.year.days[this.#place + 1] as number) - this.#gone;
  }

  get creditNotes(): number {
    return this.year.days[this.#place + 2] as number;
  }

  get uncosted(): number {
    return this.year.days[this.#place + 3] as number;
  }

  get revenue(): StoredInteger {
    return this.year.days[this.#place + 4] as StoredInteger;
  }

  get cost(): StoredInteger {
    return this.year.days[this.#place + 5] as StoredInteger;
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
