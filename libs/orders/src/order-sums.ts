import { addMonths, monthNumber } from '#calendar';
import { type OrderYear, orderDays, type StoredInteger } from './order-years.js';

/** The days that metrics are about: `(from, asOf]`, day numbers; before it the window of the same length. */
export interface OrderWindow {
  readonly asOf: number;
  /** The day before its first; null: all history. */
  readonly from: number | null;
  /** The day before the first of the window before; null: there is none. */
  readonly before: number | null;
  /** Its months; null: all history. */
  readonly months: number | null;
  readonly monthsBack: MonthsBack;
}

/** The window `(asOf − months, asOf]` of formulas.md; null: all history. */
export function orderWindow(asOf: number, months: number | null): OrderWindow {
  const monthsBack = new MonthsBack(asOf);
  if (months === null) return { asOf, from: null, before: null, months, monthsBack };
  return { asOf, from: addMonths(asOf, -months), before: addMonths(asOf, -2 * months), months, monthsBack };
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
   * are whole: `(asOf − 1 month, asOf]` and so on; in all history back to the one that holds the first fact.
   */
  readonly monthlyRevenues: readonly bigint[];
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

/** @param years those of one account that the window and the one before touch, ascending */
export function sumOrders(years: readonly OrderYear[], window: OrderWindow): OrderSums {
  const { asOf } = window;
  const from = window.from ?? Number.MIN_SAFE_INTEGER;
  const [cost, revenueBefore] = [new ExactSum(), new ExactSum()];
  const monthly: ExactSum[] = [];
  let [orders, activeMonths, costUnknown] = [0, 0, false];
  let lastOrderDay: number | null = null;
  let lastActiveMonth: number | null = null;
  for (const year of years) {
    for (const each of orderDays(year, asOf)) {
      const { day } = each;
      if (each.orders > 0) lastOrderDay = day;
      if (day <= from) {
        if (window.before !== null && day > window.before) revenueBefore.add(each.revenue);
        continue;
      }
      addToMonth(monthly, window.monthsBack.monthOf(day), each.revenue);
      cost.add(each.cost);
      costUnknown ||= each.uncosted > 0;
      if (each.orders === 0) continue;
      orders += each.orders;
      const month = monthNumber(day);
      if (month !== lastActiveMonth) activeMonths++;
      lastActiveMonth = month;
    }
  }
  const monthlyRevenues = Array.from(
    { length: window.months ?? monthly.length },
    (_, month) => monthly[month]?.total ?? 0n,
  );
  return {
    revenue: monthlyRevenues.reduce((sum, each) => sum + each, 0n),
    cost: cost.total,
    costUnknown,
    orders,
    activeMonths,
    revenueBefore: revenueBefore.total,
    monthlyRevenues,
    lastOrderDay,
  };
}

/** Day of the last order up to `asOf` that was not cancelled by then. @param years of one account, ascending */
export function lastOrderDay(years: readonly OrderYear[], asOf: number): number | null {
  let last: number | null = null;
  for (const year of years) {
    for (const { day, orders } of orderDays(year, asOf)) if (orders > 0) last = day;
  }
  return last;
}

function addToMonth(monthly: ExactSum[], month: number, amount: StoredInteger): void {
  while (monthly.length <= month) monthly.push(new ExactSum());
  monthly[month]?.add(amount);
}

/** The months that end on one day of the month, the newest on `asOf` itself; made as far back as they are asked for. */
export class MonthsBack {
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

/** Adds in doubles as long as that is exact, five times as fast as in bigints, and in bigints beyond. */
class ExactSum {
  #low = 0;
  #high = 0n;

  add(amount: StoredInteger): void {
    const low = typeof amount === 'number' ? this.#low + amount : Number.NaN;
    if (Number.isSafeInteger(low)) {
      this.#low = low;
    } else {
      this.#high += BigInt(this.#low) + BigInt(amount);
      this.#low = 0;
    }
  }

  get total(): bigint {
    return this.#high + BigInt(this.#low);
  }
}
