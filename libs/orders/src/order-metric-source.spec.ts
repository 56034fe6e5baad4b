import { describe, expect, it } from '@jest/globals';
import { formatDate, parseDate, ZonedCalendar } from '#calendar';
import { isRejection, type ReadStore } from '#event-sourcing';
import { recordedHistory, type StreamFact, storeProjected } from '#event-sourcing-testing';
import type { LedgerSettings } from '#platform';
import { newSqliteReadStore } from '#test/laws/sqlite-read-stores';
import { orderMetrics } from './order-metric-source.js';
import { ordersCapability } from './orders.capability.js';
import { ordersDecider } from './orders.decider.js';
import { ordersPart } from './orders.portrait.js';
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

function day(date: string): number {
  return parseDate(date) ?? Number.NaN;
}

describe('the metrics of orders', () => {
  it('find the last order of long ago, past years in which all were cancelled', async () => {
    const order = (orderId: string, placedAt: string): OrdersCommand => ({
      type: 'place-order',
      data: { orderId, placedAt, currency: 'CNY', lines: [{ sku: 'S', quantity: 1, unitPrice: '1' }] },
    });
    const cancelledAt = '2016-01-01T00:00:00.000Z';
    const facts = factsOf('a', [
      order('1', '2010-05-05T12:00:00.000Z'),
      order('2', '2015-05-05T12:00:00.000Z'),
      { type: 'cancel-order', data: { orderId: '2', cancelledAt, reason: 'No need' } },
    ]);
    await withStore(facts, async (store) => {
      const source = orderMetrics(settings, store);
      const lastOrder = async (asOf: string) => {
        const values = await source.load({ asOf: day(asOf), windowMonths: 12, ids: ['recencyDays'] });
        return formatDate(day(asOf) - Number(values.get('a')?.recencyDays));
      };
      expect(await lastOrder('2025-12-31')).toBe('2010-05-05');
      expect(await lastOrder('2015-12-31')).toBe('2015-05-05');
    });
  });

  it('of an account without orders are those of nothing', async () => {
    await withStore([], async (store) => {
      const source = orderMetrics(settings, store);
      const { revenueShare, profitShare, ...rest } = source.absent();
      const asked = (await source.load({ asOf: 0, windowMonths: 12, accounts: ['nobody'] })).get('nobody');
      expect(asked).toEqual({ ...rest, revenueShare: null, profitShare: null });
      // Where anybody has revenue, its share is none of it.
      expect([revenueShare, profitShare]).toEqual([0, 0]);
      expect(Object.keys(source.absent())).toEqual(source.ids);
    });
  });
});

describe('the part of a portrait', () => {
  it('shows twelve months in the base currency', async () => {
    const facts = factsOf('acme', [
      {
        type: 'place-order',
        data: {
          orderId: '1',
          placedAt: '2025-06-15T12:00:00.000Z',
          currency: 'CNY',
          lines: [{ sku: 'S', quantity: 3, unitPrice: '10.5', unitCost: '8' }],
        },
      },
      { type: 'deliver-order', data: { orderId: '1', deliveredAt: '2025-06-20T12:00:00.000Z', accurate: true } },
    ]);
    await withStore(facts, async (store) => {
      const part = ordersPart(settings, store);
      expect(part.key).toBe('orders');
      expect(await part.load('acme', day('2025-12-31'), {})).toEqual({
        currency: 'CNY',
        windowMonths: 12,
        revenue: '31.5',
        grossProfit: '7.5',
        orders: 1,
        activeMonths: 1,
        averageOrderValue: '31.5',
        revenueGrowth: null,
        onTimeRate: null,
        accurateRate: 1,
        lastOrderOn: '2025-06-15',
      });
      expect(await part.load('nobody', day('2025-12-31'), {})).toMatchObject({ revenue: '0', lastOrderOn: null });
    });
  });
});
