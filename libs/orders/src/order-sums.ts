import { addMonths, monthNumber } from '#calendar';
import { OrderDayCursor, type OrderYear } from './order-years.js';

/** The days that metrics are about: `(from, asOf]`, day numbers; before it the window of the same length. */
export interface OrderWindow {
  readonly asOf: number;
  /** The day before its first; null: all history. */
  readonly from: number | null;
  /** The day before the first of the window before; null: there is none. */
  readonly before: number | null;
  /** Its months; null: all history. */
  readonly months: number | null;
}

/** The window `(asOf − months, asOf]` of formulas.md; null: all history. */
export function orderWindow(asOf: number, months: number | null): OrderWindow {
  if (months === null) return { asOf, from: null, before: null, months };
  return { asOf, from: addMonths(asOf, -months), before: addMonths(asOf, -2 * months), months };
}

/** What one account's orders came to in a window. Money in micros of the base currency. */
export interface OrderSums {
  readonly revenue: bigint;
  /** As far as it is known. */
  readonly cost: bigint;
  /** Whether goods moved whose cost is not known. */
  readonly costUnknown: boolean;
  /** Orders placed and not cancelled by `asOf`. */
  readonly orders: number;
  /** Calendar months that the window touches, with such an order. */
  readonly activeMonths: number;
  /** Revenue of the window before. */
  readonly revenueBefore: bigint;
  /**
   * Revenue of each month of the window, newest first. They end on the day of `asOf`, as the window does, so all of them
   * are whole: `(asOf − 1 month, asOf]` and so on; in all history back to the one that holds the first fact. The doubles
   * nearest to the exact sums, for a ratio is made of them.
   */
  readonly monthlyRevenues: readonly number[];
  /** Day of the last such order up to `asOf`, also before the window as far as the years were given. */
  readonly lastOrderDay: number | null;
}

export const NOTHING_ORDERED: OrderSums = {
  revenue: 0n,
  cost: 0n,
  costUnknown: false,
  orders: 0,
  activeMonths: 0,
  revenueBefore: 0n,
  monthlyRevenues: [],
  lastOrderDay: null,
};

/** What is summed in it: cost, revenue of the window before, and behind them the revenue of each month, newest first. */
const COST = 0;
const REVENUE_BEFORE = 1;
const NEWEST_MONTH = 2;

/**
 * Sums the orders of one account after another over a window. A ranking does that a hundred thousand times, so that it
 * counts in what is made once, and in doubles where they are exact.
 */
export class OrderSummation {
  readonly #amounts = new ExactSums();
  readonly #monthsBack: MonthsBack;

  constructor(private readonly window: OrderWindow) {
    this.#monthsBack = new MonthsBack(window.asOf);
  }

  /** @param years those of one account that the window and the one before touch, ascending */
  of(years: readonly OrderYear[]): OrderSums {
    const { asOf, months } = this.window;
    const amounts = this.#amounts;
    const from = this.window.from ?? Number.MIN_SAFE_INTEGER;
    const before = this.window.before ?? Number.MAX_SAFE_INTEGER;
    let [orders, activeMonths, costUnknown] = [0, 0, false];
    let lastOrderDay: number | null = null;
    let lastActiveMonth: number | null = null;
    amounts.clear();
    for (const year of years) {
      const days = new OrderDayCursor(year, asOf);
      while (days.next()) {
        const { day, orders: placed } = days;
        if (placed > 0) lastOrderDay = day;
        if (day <= from) {
          if (day > before) amounts.add(REVENUE_BEFORE, days.revenue);
          continue;
        }
        amounts.add(NEWEST_MONTH + this.#monthsBack.monthOf(day), days.revenue);
        amounts.add(COST, days.cost);
        costUnknown ||= days.uncosted > 0;
        if (placed === 0) continue;
        orders += placed;
        const month = monthNumber(day);
        if (month !== lastActiveMonth) activeMonths++;
        lastActiveMonth = month;
      }
    }
    return {
      revenue: amounts.totalFrom(NEWEST_MONTH),
      cost: amounts.at(COST),
      costUnknown,
      orders,
      activeMonths,
      revenueBefore: amounts.at(REVENUE_BEFORE),
      monthlyRevenues: amounts.doublesFrom(NEWEST_MONTH, months),
      lastOrderDay,
    };
  }
}

/** Day of the last order up to `asOf` that was not cancelled by then. @param years of one account, ascending */
export function lastOrderDay(years: readonly OrderYear[], asOf: number): number | null {
  let last: number | null = null;
  for (const year of years) {
    const days = new OrderDayCursor(year, asOf);
    while (days.next()) if (days.orders > 0) last = days.day;
  }
  return last;
}

/** The months that end on one day of the month, the newest on `asOf` itself; made as far back as they are asked for. */
class MonthsBack {
  readonly #firstDays: number[] = [];

  constructor(private readonly asOf: number) {}

  /** How many months before the newest one a day lies. */
  monthOf(day: number): number {
    // Counted in months of 30.5 days it is not too far back; the rest is looked for.
    let month = Math.max(0, Math.floor((this.asOf - day) / 30.5) - 1);
    while (day < this.#firstDay(month)) month++;
    return month;
  }

  #firstDay(month: number): number {
    while (this.#firstDays.length <= month) {
      this.#firstDays.push(addMonths(this.asOf, -this.#firstDays.length - 1) + 1);
    }
    return this.#firstDays[month] ?? 0;
  }
}

/** Sums by number, from 0: in doubles as long as they are exact, five times as fast as in bigints, and in bigints beyond. */
class ExactSums {
  #low: number[] = [];
  /** What no double holds, by the number of its sum. */
  readonly #high = new Map<number, bigint>();

  clear(): void {
    this.#low.length = 0;
    if (this.#high.size > 0) this.#high.clear();
  }

  add(sum: number, amount: number | bigint): void {
    while (this.#low.length <= sum) this.#low.push(0);
    const before = this.#low[sum] as number;
    const after = typeof amount === 'number' ? before + amount : Number.NaN;
    if (Number.isSafeInteger(after)) {
      this.#low[sum] = after;
    } else {
      this.#high.set(sum, (this.#high.get(sum) ?? 0n) + BigInt(before) + BigInt(amount));
      this.#low[sum] = 0;
    }
  }

  at(sum: number): bigint {
    return BigInt(this.#low[sum] ?? 0) + (this.#high.get(sum) ?? 0n);
  }

  /** Of this sum and all behind it. */
  totalFrom(first: number): bigint {
    let low = 0;
    let high = 0n;
    for (let sum = first; sum < this.#low.length; sum++) {
      const next = low + (this.#low[sum] as number);
      if (Number.isSafeInteger(next) && !this.#high.has(sum)) {
        low = next;
      } else {
        high += BigInt(low) + this.at(sum);
        low = 0;
      }
    }
    return high + BigInt(low);
  }

  /** The doubles nearest to so many sums, or to all from the first on. @param count null: all */
  doublesFrom(first: number, count: number | null): number[] {
    const doubles = this.#low.slice(first, count === null ? undefined : first + count);
    for (const sum of this.#high.keys()) if (sum - first in doubles) doubles[sum - first] = Number(this.at(sum));
    while (count !== null && doubles.length < count) doubles.push(0);
    return doubles;
  }
}
