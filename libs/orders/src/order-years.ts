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
  /** The JSON text of {@link OrderDays}: {@link OrderDayCursor} walks through it. */
  readonly days: string;
  /** Of the orders placed in this year. */
  readonly cancelled: CancelledOrders;
}

const DAY_WIDTH = 6;
const CANCELLED_WIDTH = 2;

const [MINUS, ZERO, QUOTE, CLOSING_BRACKET] = [45, 48, 34, 93];

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
 * Goes through the days up to `asOf`, ascending. What it tells is of the day that {@link OrderDayCursor.next} went to. It
 * reads the text by itself: a ranking looks at millions of days, and lists of them took longer to make than all that is
 * done with them.
 */
export class OrderDayCursor {
  day = 0;
  /** Without those that were cancelled by `asOf`. */
  orders = 0;
  creditNotes = 0;
  uncosted = 0;
  /** Micros. */
  revenue: number | bigint = 0;
  /** Micros. */
  cost: number | bigint = 0;
  readonly #text: string;
  readonly #cancelled: CancelledOrders;
  /** Behind the bracket. */
  #at = 1;
  #nextCancelled = 0;

  constructor(
    { days, cancelled }: OrderYear,
    private readonly asOf: number,
  ) {
    this.#text = days;
    this.#cancelled = cancelled;
  }

  /** Whether there is one more. */
  next(): boolean {
    // The bracket that ends the list is the last number's end.
    if (this.#at >= this.#text.length || this.#text.charCodeAt(this.#at) === CLOSING_BRACKET) return false;
    this.day = this.#number();
    if (this.day > this.asOf) {
      this.#at = this.#text.length;
      return false;
    }
    this.orders = this.#number();
    this.creditNotes = this.#number();
    this.uncosted = this.#number();
    this.revenue = this.#amount();
    this.cost = this.#amount();
    if (this.#cancelled.length > 0) this.orders -= this.#cancelledOn(this.day);
    return true;
  }

  /** The number that begins here; moves behind what ends it. */
  #number(): number {
    const text = this.#text;
    let at = this.#at;
    const isNegative = text.charCodeAt(at) === MINUS;
    if (isNegative) at++;
    let number = 0;
    for (;;) {
      const digit = text.charCodeAt(at++) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      number = number * 10 + digit;
    }
    this.#at = at;
    return isNegative ? -number : number;
  }

  /** A number, or a text of one that no double holds. */
  #amount(): number | bigint {
    if (this.#text.charCodeAt(this.#at) !== QUOTE) return this.#number();
    const end = this.#text.indexOf('"', this.#at + 1);
    const amount = BigInt(this.#text.slice(this.#at + 1, end));
    this.#at = end + 2;
    return amount;
  }

  #cancelledOn(day: number): number {
    const cancelled = this.#cancelled;
    let gone = 0;
    for (; (cancelled[this.#nextCancelled] as number) <= day; this.#nextCancelled += CANCELLED_WIDTH) {
      const [placed, on] = [cancelled[this.#nextCancelled], cancelled[this.#nextCancelled + 1]];
      if (placed === day && Number(on) <= this.asOf) gone++;
    }
    return gone;
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
