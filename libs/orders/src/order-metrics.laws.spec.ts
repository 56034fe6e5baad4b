import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatInstant, parseDate, ZonedCalendar } from '#calendar';
import { type DomainEvent, isRejection, type ReadStore, subjectIdOf } from '#event-sourcing';
import { recordedHistory, type StreamFact, storeProjected } from '#event-sourcing-testing';
import type { LedgerSettings, MetricRequest, MetricValue } from '#platform';
import { newSqliteReadStore } from '#test/laws/sqlite-read-stores';
import { orderMetrics } from './order-metric-source.js';
import { ORDER_METRIC_IDS } from './order-metrics.js';
import { ordersCapability } from './orders.capability.js';
import { ordersDecider } from './orders.decider.js';
import type { OrdersCommand } from './orders-commands.js';

const settings: LedgerSettings = { calendar: new ZonedCalendar('UTC'), baseCurrency: 'CNY' };
const decider = ordersDecider(settings);

async function withStore<T>(facts: readonly StreamFact[], use: (store: ReadStore) => Promise<T>): Promise<T> {
  const { store, close } = await newSqliteReadStore();
  try {
    await storeProjected(store, ordersCapability.projections(settings, []), recordedHistory(facts));
    return await use(store);
  } finally {
    await close();
  }
}

/** What formulas.md says, worked out from the events alone in the plainest way: one account, one metric after another. */
class PlainMetrics {
  constructor(
    private readonly facts: readonly StreamFact[],
    private readonly asOf: string,
    private readonly months: number | null,
  ) {}

  all(account: string): Record<string, MetricValue> {
    const revenue = this.revenue(account, this.from(1), this.asOf);
    const cost = this.sum(account, 'baseCost', this.from(1), this.asOf);
    const profit = this.profit(account);
    const orders = this.orders(account, this.from(1));
    const before = this.months === null ? 0 : this.revenue(account, this.from(2), this.from(1));
    const last = this.orders(account, '0000').sort().at(-1);
    const accounts = [...new Set(this.facts.map(([stream]) => subjectIdOf({ stream })))];
    const positive = (values: (number | null)[]) =>
      values.reduce<number>((sum, value) => sum + (value !== null && value > 0 ? value : 0), 0);
    const allRevenue = positive(accounts.map((each) => this.revenue(each, this.from(1), this.asOf)));
    const allProfit = positive(accounts.map((each) => this.profit(each)));
    const deliveries = this.within(account, this.from(1), this.asOf).filter(
      ({ type }) => type === 'order-delivered.v1',
    );
    const rate = (field: string) => {
      const told = deliveries.filter(({ data }) => data[field] !== undefined);
      return told.length === 0 ? null : told.filter(({ data }) => data[field] === true).length / told.length;
    };
    return {
      revenue: BigInt(revenue),
      grossProfit: profit === null ? null : BigInt(profit),
      costToServe: 0n,
      netProfit: profit === null ? null : BigInt(profit),
      costToRevenue: revenue <= 0 || profit === null ? null : cost / revenue,
      orderCount: orders.length,
      ordersPerMonth: this.months === null ? null : orders.length / this.months,
      activeMonths: new Set(orders.map((date) => date.slice(0, 7))).size,
      recencyDays: last === undefined ? null : daysBetween(last, this.asOf),
      averageOrderValue: orders.length === 0 ? null : halfEven(revenue, orders.length),
      revenueGrowth: before <= 0 ? null : (revenue - before) / before,
      revenueStability: this.stability(account),
      revenueShare: allRevenue === 0 ? null : revenue / allRevenue,
      profitShare: profit === null || allProfit === 0 ? null : profit / allProfit,
      onTimeRate: rate('onTime'),
      accurateRate: rate('accurate'),
    };
  }

  private stability(account: string): number | null {
    const first = this.within(account, '0000', this.asOf)
      .filter(({ type }) => type !== 'order-delivered.v1')
      .map(({ occurredAt }) => occurredAt.slice(0, 10))
      .sort()[0];
    const revenues: number[] = [];
    for (let month = 0; month < (this.months ?? 10_000); month++) {
      const end = monthsBefore(this.asOf, month);
      if (this.months === null && (first === undefined || end < first)) break;
      revenues.push(this.revenue(account, monthsBefore(this.asOf, month + 1), end));
    }
    const mean = revenues.reduce((sum, each) => sum + each, 0) / revenues.length;
    if (revenues.length < 3 || mean <= 0) return null;
    const deviation = Math.sqrt(revenues.reduce((sum, each) => sum + (each - mean) ** 2, 0) / revenues.length);
    return Math.max(0, 1 - deviation / mean);
  }

  private profit(account: string): number | null {
    const goods = this.within(account, this.from(1), this.asOf).filter(
      ({ type }) => type !== 'credit-note-issued.v1' && type !== 'order-delivered.v1',
    );
    if (goods.some(({ data }) => data.baseCost === undefined)) return null;
    return this.revenue(account, this.from(1), this.asOf) - this.sum(account, 'baseCost', this.from(1), this.asOf);
  }

  private revenue(account: string, after: string, until: string): number {
    return this.sum(account, 'baseRevenue', after, until);
  }

  private sum(account: string, field: string, after: string, until: string): number {
    return this.within(account, after, until).reduce((sum, { data }) => sum + micros(data[field]), 0);
  }

  /** Dates of the orders placed in the window and not cancelled by its end. */
  private orders(account: string, after: string): string[] {
    const cancelled = this.within(account, '0000', this.asOf)
      .filter(({ type }) => type === 'order-cancelled.v1')
      .map(({ data }) => data.orderId);
    return this.within(account, after, this.asOf)
      .filter(({ type, data }) => type === 'order-placed.v1' && !cancelled.includes(data.orderId))
      .map(({ occurredAt }) => occurredAt.slice(0, 10));
  }

  private within(account: string, after: string, until: string): DomainEvent[] {
    return this.facts
      .filter(([stream]) => stream === `account-${account}`)
      .map(([, event]) => event as DomainEvent)
      .filter(({ occurredAt }) => occurredAt.slice(0, 10) > after && occurredAt.slice(0, 10) <= until);
  }

  private from(windows: number): string {
    return this.months === null ? '0000' : monthsBefore(this.asOf, windows * this.months);
  }
}

function monthsBefore(date: string, months: number): string {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const lastOfMonth = new Date(Date.UTC(year, month - months, 0)).getUTCDate();
  const target = new Date(Date.UTC(year, month - 1 - months, Math.min(day, lastOfMonth)));
  return target.toISOString().slice(0, 10);
}

function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 86_400_000;
}

function micros(text: unknown): number {
  return text === undefined ? 0 : Math.round(Number(text) * 1e6);
}

function halfEven(amount: number, count: number): bigint {
  const low = Math.floor(amount / count);
  const rest = amount - low * count;
  return BigInt(rest * 2 > count || (rest * 2 === count && low % 2 !== 0) ? low + 1 : low);
}

/** Instants of three years, often on the edges of months. */
const instant = fc
  .tuple(
    fc.integer({ min: 0, max: 35 }),
    fc.constantFrom(1, 2, 15, 27, 28, 29, 30, 31),
    fc.integer({ min: 0, max: 86_399_999 }),
  )
  .map(([month, day, time]) => formatInstant(Date.UTC(2023, month, day) + time));

const id = fc.constantFrom('1', '2', '3', '4', '5', '6');
const line = fc.record({
  sku: fc.constant('S'),
  quantity: fc.constantFrom('1', '2', '3'),
  unitPrice: fc.constantFrom('0', '10', '33.333333', '1234.5'),
  unitCost: fc.option(fc.constantFrom('5', '20.000001'), { nil: undefined, freq: 20 }),
});

const command: fc.Arbitrary<OrdersCommand> = fc
  .oneof(
    { weight: 4, arbitrary: fc.record({ id, at: instant, lines: fc.array(line, { minLength: 1, maxLength: 3 }) }) },
    {
      weight: 4,
      arbitrary: fc.record({ id, at: instant, kind: fc.constantFrom('deliver', 'cancel', 'return', 'credit') }),
    },
  )
  .map((each): OrdersCommand => {
    if ('lines' in each) {
      const data = { orderId: each.id, placedAt: each.at, currency: 'CNY', lines: each.lines };
      return { type: 'place-order', data };
    }
    const { id, at, kind } = each;
    switch (kind) {
      case 'deliver':
        return {
          type: 'deliver-order',
          data: {
            orderId: id,
            deliveredAt: at,
            promisedAt: at.replace(/T../, 'T12'),
            ...(at > '2024' && { accurate: at < '2025' }),
          },
        };
      case 'cancel':
        return { type: 'cancel-order', data: { orderId: id, cancelledAt: at, reason: 'No need' } };
      case 'return':
        return {
          type: 'return-order',
          data: { orderId: id, returnId: at, returnedAt: at, lines: [{ lineNo: 1, quantity: '1' }] },
        };
      default: {
        const lines = [{ sku: 'S', quantity: '1', unitPrice: '7.5' }];
        return { type: 'issue-credit-note', data: { creditNoteId: at, issuedAt: at, currency: 'CNY', lines } };
      }
    }
  });

/** What a decider makes of an account's commands. */
function factsOf(account: string, commands: readonly OrdersCommand[]): StreamFact[] {
  const facts: StreamFact[] = [];
  let state = decider.initial();
  for (const each of commands) {
    const decision = decider.decide(each, state, { now: '2026-01-01T00:00:00.000Z', actor: 'a', role: 'sales' });
    if (isRejection(decision)) continue;
    for (const event of decision) {
      state = decider.evolve(state, event);
      facts.push([`account-${account}`, event]);
    }
  }
  return facts;
}

const commands = fc.array(command, { maxLength: 25 });
const histories = fc
  .tuple(commands, commands, commands)
  .map((each) => each.flatMap((own, index) => factsOf(`a${index}`, own)));
const requests = fc.record({
  asOf: instant.map((text) => text.slice(0, 10)),
  windowMonths: fc.constantFrom(null, 1, 2, 3, 12),
});

function day(date: string): number {
  return parseDate(date) ?? Number.NaN;
}

function expectClose(actual: Readonly<Record<string, MetricValue>> | undefined, expected: Record<string, MetricValue>) {
  for (const [metric, value] of Object.entries(expected)) {
    const own = actual?.[metric];
    if (typeof value === 'number' && typeof own === 'number') {
      expect([metric, Math.abs(own - value) < 1e-9]).toEqual([metric, true]);
    } else expect([metric, own]).toEqual([metric, value]);
  }
}

describe('the metrics of orders', () => {
  it('are what the events say, as of any day', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.array(requests, { minLength: 1, maxLength: 4 }), (facts, requests) =>
        withStore(facts, async (store) => {
          const source = orderMetrics(settings, store);
          for (const { asOf, windowMonths } of requests) {
            const values = await source.load({ asOf: day(asOf), windowMonths });
            const plain = new PlainMetrics(facts, asOf, windowMonths);
            const population = new Set(facts.map(([stream]) => subjectIdOf({ stream })));
            for (const account of population) {
              const expected = plain.all(account);
              if (values.has(account)) expectClose(values.get(account), expected);
              else expect(expected.recencyDays).toBeNull();
            }
          }
        }),
      ),
      { numRuns: 60 },
    );
  });

  it('are the same for some metrics of some accounts as among all of them', async () => {
    await fc.assert(
      fc.asyncProperty(histories, requests, fc.subarray([...ORDER_METRIC_IDS]), (facts, { asOf, windowMonths }, ids) =>
        withStore(facts, async (store) => {
          const source = orderMetrics(settings, store, 2);
          const request: MetricRequest = { asOf: day(asOf), windowMonths };
          const all = await orderMetrics(settings, store).load({ ...request, accounts: ['a0', 'a1', 'a2', 'nobody'] });
          const some = await source.load({ ...request, accounts: ['a1', 'nobody'], ids });
          expect([...some.keys()]).toEqual(['a1', 'nobody']);
          for (const [account, values] of some) {
            expect(Object.keys(values).sort()).toEqual([...ids].sort());
            expect(all.get(account)).toMatchObject(values);
          }
        }),
      ),
      { numRuns: 40 },
    );
  });

  it('of a window and of all before it are those of all history', async () => {
    await fc.assert(
      fc.asyncProperty(histories, requests, (facts, { asOf }) =>
        withStore(facts, async (store) => {
          const source = orderMetrics(settings, store);
          const revenue = async (until: number, windowMonths: number | null) =>
            (await source.load({ asOf: until, windowMonths, accounts: ['a0'], ids: ['revenue'] })).get('a0')?.revenue;
          const before = day(monthsBefore(asOf, 3));
          const [window, earlier, all] = [
            await revenue(day(asOf), 3),
            await revenue(before, null),
            await revenue(day(asOf), null),
          ];
          expect(Number(window) + Number(earlier)).toBe(Number(all));
        }),
      ),
      { numRuns: 25 },
    );
  });
});
