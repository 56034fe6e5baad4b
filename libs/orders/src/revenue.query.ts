import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsIn, IsOptional } from 'class-validator';
import { civilDate, formatMonth, monthNumber } from '#calendar';
import type { ReadStore } from '#event-sourcing';
import { formatMicros } from '#money';
import {
  ACCOUNT_DIRECTORY,
  type AccountDirectory,
  badParameter,
  checkAccount,
  dayGiven,
  defineQuery,
  IsDate,
  IsIdentifier,
  LEDGER_SETTINGS,
  LedgerQuery,
  type LedgerSettings,
  READ_STORE,
} from '#platform';
import { OrderDayCursor } from './order-years.js';
import { ORDER_YEAR_TEXTS, orderYearOf, orderYearsProjection } from './projections/order-years.projection.js';
import {
  REVENUE_SUMS,
  type RevenueSums,
  revenueDaysProjection,
  revenueSums,
} from './projections/revenue-days.projection.js';

export class RevenueParameters {
  @IsOptional()
  @IsIn(['month'])
  interval?: 'month';

  /** The first day, in the ledger's zone; default: that of the first fact. A month cut off by it counts in part. */
  @IsOptional()
  @IsDate()
  since?: string;

  /** The last day, in the ledger's zone; default: that of the last fact. */
  @IsOptional()
  @IsDate()
  until?: string;

  /** Only this account's; default: that of all accounts that the reader may see. */
  @IsOptional()
  @IsIdentifier()
  accountId?: string;
}

export interface RevenueOfMonth {
  /** `YYYY-MM` */
  readonly period: string;
  /** Orders less credit notes, returns and cancellations, each on its own day; in the base currency. */
  readonly revenue: string;
  /** Null where goods moved whose cost is not known. */
  readonly grossProfit: string | null;
  /** Orders placed and not cancelled so far. */
  readonly orders: number;
  readonly creditNotes: number;
}

export interface RevenueAnswer {
  /** From the first month with a fact to the last, none left out. */
  readonly items: readonly RevenueOfMonth[];
  /** Revenue of all items. */
  readonly total: string;
  /** The ledger's base currency. */
  readonly currency: string;
}

export class RevenueQuery extends LedgerQuery<RevenueParameters, RevenueAnswer> {}

export const revenue = defineQuery({
  summary: 'Revenue booked by month, in the base currency (orders as they were placed, not revenue recognized)',
  permission: 'read-models',
  parameters: RevenueParameters,
  query: RevenueQuery,
  form: 'object',
  example: {
    items: [
      { period: '2026-04', revenue: '3882', grossProfit: '1318.5', orders: 1, creditNotes: 0 },
      { period: '2026-05', revenue: '-94', grossProfit: '-72', orders: 0, creditNotes: 1 },
    ],
    total: '3788',
    currency: 'CNY',
  },
});

const NOTHING: RevenueSums = { orders: 0n, creditNotes: 0n, uncosted: 0n, revenue: 0n, cost: 0n };

/** Day numbers, both included; left out: open. */
interface Days {
  readonly since?: number;
  readonly until?: number;
}

type Months = Map<number, RevenueSums>;

@QueryHandler(RevenueQuery)
export class RevenueHandler implements IQueryHandler<RevenueQuery> {
  constructor(
    @Inject(READ_STORE) private readonly readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
    @Inject(ACCOUNT_DIRECTORY) private readonly directory: AccountDirectory,
  ) {}

  /** @throws Problem 400 for `since` after `until`, 404 `account-not-found` */
  async execute({ parameters, reader }: RevenueQuery): Promise<RevenueAnswer> {
    const days = daysOf(parameters);
    const { accountId } = parameters;
    if (accountId !== undefined) await checkAccount(this.directory, this.settings, accountId, reader);
    const accounts = accountId !== undefined ? [accountId] : reader.accounts && [...reader.accounts];
    const months = accounts === undefined ? await this.ofAll(days) : await this.ofAccounts(accounts, days);
    return revenueAnswer(months, this.settings.baseCurrency);
  }

  private async ofAll({ since, until }: Days): Promise<Months> {
    const day = {
      ...(since !== undefined && { gte: BigInt(since) }),
      ...(until !== undefined && { lte: BigInt(until) }),
    };
    const rows = await this.readStore.sumBy(revenueDaysProjection(this.settings.calendar).collection.name, {
      groupBy: ['month'],
      sum: REVENUE_SUMS,
      ...(Object.keys(day).length > 0 && { filter: { day } }),
    });
    return new Map(rows.map((row) => [Number(row.month), revenueSums(row)]));
  }

  private async ofAccounts(accounts: readonly string[], { since, until }: Days): Promise<Months> {
    const years = {
      ...(since !== undefined && { gte: yearOf(since) }),
      ...(until !== undefined && { lte: yearOf(until) }),
    };
    const rows = await this.readStore.find(orderYearsProjection(this.settings.calendar).collection.name, {
      asText: ORDER_YEAR_TEXTS,
      filter: { accountId: { in: accounts }, ...(Object.keys(years).length > 0 && { year: years }) },
    });
    const months: Months = new Map();
    for (const row of rows) {
      // What was cancelled, whenever it was, is no order.
      const each = new OrderDayCursor(orderYearOf(row), Number.MAX_SAFE_INTEGER);
      while (each.next()) {
        const { day } = each;
        if (day < (since ?? day) || day > (until ?? day)) continue;
        const month = monthNumber(day);
        months.set(
          month,
          added(months.get(month) ?? NOTHING, {
            orders: BigInt(each.orders),
            creditNotes: BigInt(each.creditNotes),
            uncosted: BigInt(each.uncosted),
            revenue: BigInt(each.revenue),
            cost: BigInt(each.cost),
          }),
        );
      }
    }
    return months;
  }
}

function revenueAnswer(months: Months, currency: string): RevenueAnswer {
  const numbers = [...months.keys()];
  const first = Math.min(...numbers);
  const items =
    numbers.length === 0
      ? []
      : Array.from({ length: Math.max(...numbers) - first + 1 }, (_, index) => {
          const sums = months.get(first + index) ?? NOTHING;
          return {
            period: formatMonth(first + index),
            revenue: formatMicros(sums.revenue),
            grossProfit: sums.uncosted > 0n ? null : formatMicros(sums.revenue - sums.cost),
            orders: Number(sums.orders),
            creditNotes: Number(sums.creditNotes),
          };
        });
  const total = [...months.values()].reduce((sum, each) => sum + each.revenue, 0n);
  return { items, total: formatMicros(total), currency };
}

function daysOf({ since, until }: RevenueParameters): Days {
  const first = dayGiven(since);
  const last = dayGiven(until);
  if (first !== undefined && last !== undefined && first > last) {
    throw badParameter('since', 'since', 'must not be after until');
  }
  return { ...(first !== undefined && { since: first }), ...(last !== undefined && { until: last }) };
}

function added(a: RevenueSums, b: RevenueSums): RevenueSums {
  return {
    orders: a.orders + b.orders,
    creditNotes: a.creditNotes + b.creditNotes,
    uncosted: a.uncosted + b.uncosted,
    revenue: a.revenue + b.revenue,
    cost: a.cost + b.cost,
  };
}

function yearOf(day: number): bigint {
  return BigInt(civilDate(day).year);
}
