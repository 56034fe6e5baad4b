import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ZonedCalendar } from '#calendar';
import type { JsonObject, ReadStore } from '#event-sourcing';
import { type OpenedReadStore, recordedHistory, type StreamFact, storeProjected } from '#event-sourcing-testing';
import type { AccountDirectory, LedgerSettings, ListAnswer, Reader } from '#platform';
import { newSqliteReadStore } from '#test/laws/sqlite-read-stores';
import { CreditNotesHandler, CreditNotesQuery, creditNotes } from './credit-notes.query.js';
import { ExchangeRatesHandler, ExchangeRatesQuery, exchangeRates } from './exchange-rates.query.js';
import { ordersCapability } from './orders.capability.js';
import { OrderHandler, OrderQuery, OrdersHandler, OrdersQuery, order, orders } from './orders.queries.js';
import { RevenueHandler, type RevenueParameters, RevenueQuery } from './revenue.query.js';

const settings: LedgerSettings = { calendar: new ZonedCalendar('Asia/Shanghai'), baseCurrency: 'CNY' };
const reader: Reader = { actor: 'somebody', role: 'sales', now: '2026-06-20T12:00:00.000Z' };

function fact(accountId: string, type: string, occurredAt: string, data: JsonObject): StreamFact {
  return [`account-${accountId}`, { type: `${type}.v1`, data, occurredAt }];
}

function placed(accountId: string, orderId: string, at: string, baseRevenue: string, baseCost?: string): StreamFact {
  const lines = [{ lineNo: 1, sku: 'S', quantity: '1', unitPrice: baseRevenue }];
  const cost = baseCost === undefined ? {} : { baseCost };
  return fact(accountId, 'order-placed', at, { orderId, currency: 'CNY', rate: '1', lines, baseRevenue, ...cost });
}

function credited(accountId: string, creditNoteId: string, at: string, amount: string): StreamFact {
  const lines = [{ lineNo: 1, sku: 'S', quantity: '1', unitPrice: amount }];
  const data = { creditNoteId, currency: 'CNY', rate: '1', lines, baseRevenue: `-${amount}` };
  return fact(accountId, 'credit-note-issued', at, data);
}

/** acme in January (in the zone), March and April; bolt in January and, cancelled in March, in February. */
const HISTORY = recordedHistory([
  placed('acme', 'a-1', '2025-12-31T16:00:00.000Z', '100.000001', '60'),
  placed('bolt', 'b-1', '2026-01-31T15:59:59.999Z', '1000', '700'),
  placed('bolt', 'b-2', '2026-02-10T00:00:00.000Z', '40', '10'),
  fact('bolt', 'order-cancelled', '2026-03-01T00:00:00.000Z', {
    orderId: 'b-2',
    reason: 'No need',
    placedAt: '2026-02-10T00:00:00.000Z',
    baseRevenue: '-40',
    baseCost: '-10',
  }),
  placed('acme', 'a-2', '2026-03-15T00:00:00.000Z', '50'),
  credited('acme', 'c-1', '2026-03-20T00:00:00.000Z', '7.5'),
  credited('acme', 'c-2', '2026-03-21T00:00:00.000Z', '2.5'),
  placed('acme', 'a-3', '2026-05-01T00:00:00.000Z', '0', '0'),
  ...[
    ['EUR', '2026-01-01', '7.8'],
    ['EUR', '2026-02-01', '7.9'],
    ['USD', '2026-01-15', '7.1'],
  ].map(
    ([currency = '', date = '', rate = '']): StreamFact => [
      'settings',
      { type: 'exchange-rate-set.v1', data: { currency, date, rate }, occurredAt: '2026-02-02T00:00:00.000Z' },
    ],
  ),
]);

const directory: AccountDirectory = {
  all: async () => [],
  get: async (accountId) =>
    ['acme', 'bolt', 'cask'].includes(accountId)
      ? { accountId, name: accountId, region: null, industry: null, groupId: null, owner: null, firstFactDay: 0 }
      : undefined,
  ofMember: async () => new Set(),
};

let readStore: ReadStore;
let close: OpenedReadStore['close'];

beforeAll(async () => {
  ({ store: readStore, close } = await newSqliteReadStore());
  await storeProjected(readStore, ordersCapability.projections(settings, []), HISTORY);
});

afterAll(() => close());

describe('the revenue by month', () => {
  const revenue = (parameters: RevenueParameters = {}, accounts?: readonly string[]) =>
    new RevenueHandler(readStore, settings, directory).execute(
      new RevenueQuery(parameters, accounts === undefined ? reader : { ...reader, accounts: new Set(accounts) }),
    );
  const january = { period: '2026-01', revenue: '1100.000001', grossProfit: '340.000001', orders: 2, creditNotes: 0 };
  const february = { period: '2026-02', revenue: '40', grossProfit: '30', orders: 0, creditNotes: 0 };
  const march = { period: '2026-03', revenue: '0', grossProfit: null, orders: 1, creditNotes: 2 };
  const april = { period: '2026-04', revenue: '0', grossProfit: '0', orders: 0, creditNotes: 0 };
  const may = { period: '2026-05', revenue: '0', grossProfit: '0', orders: 1, creditNotes: 0 };

  it('is that of all accounts in the months of the zone, none left out', async () => {
    expect(await revenue()).toEqual({
      items: [january, february, march, april, may],
      total: '1140.000001',
      currency: 'CNY',
    });
  });

  it('counts the days from the first to the last that are asked for', async () => {
    expect(await revenue({ since: '2026-01-02', until: '2026-02-10', interval: 'month' })).toEqual({
      items: [{ ...january, revenue: '1000', grossProfit: '300', orders: 1 }, february],
      total: '1040',
      currency: 'CNY',
    });
    expect(await revenue({ since: '2026-03-20', until: '2026-03-20' })).toEqual({
      items: [{ ...march, revenue: '-7.5', grossProfit: '-7.5', orders: 0, creditNotes: 1 }],
      total: '-7.5',
      currency: 'CNY',
    });
    expect(await revenue({ since: '2026-06-01' })).toEqual({ items: [], total: '0', currency: 'CNY' });
    await expect(revenue({ since: '2026-03-02', until: '2026-03-01' })).rejects.toMatchObject({ status: 400 });
  });

  it.each<RevenueParameters>([
    {},
    { since: '2026-01-31' },
    { until: '2026-03-01' },
    { since: '2026-02-01', until: '2026-03-20' },
  ])('of some accounts adds up to that of all: %j', async (parameters) => {
    const all = await revenue(parameters);
    expect(await revenue(parameters, ['acme', 'bolt'])).toEqual(all);
    const parts = await Promise.all(['acme', 'bolt'].map((accountId) => revenue({ ...parameters, accountId })));
    const total = parts.reduce((sum, part) => sum + Number(part.total), 0);
    expect(total).toBeCloseTo(Number(all.total), 6);
  });

  it('of one account is its own', async () => {
    expect((await revenue({ accountId: 'bolt' })).items).toEqual([
      { ...january, revenue: '1000', grossProfit: '300', orders: 1 },
      february,
      { ...march, revenue: '-40', grossProfit: '-30', orders: 0, creditNotes: 0 },
    ]);
    expect(await revenue({ accountId: 'cask' })).toEqual({ items: [], total: '0', currency: 'CNY' });
    await expect(revenue({ accountId: 'nobody' })).rejects.toMatchObject({ status: 404, code: 'account-not-found' });
  });
});

async function paged<Item extends object>(answer: ListAnswer<Item>, limit: number): Promise<Item[]> {
  const items: Item[] = [];
  let page = await answer.page(undefined, limit);
  for (;;) {
    items.push(...page.items);
    if (page.next === undefined) return items;
    page = await answer.page(page.next, limit);
  }
}

describe('the orders of an account', () => {
  const handler = () => new OrdersHandler(readStore, settings, directory);

  it.each([1, 2, 50])('come newest first, %i a page', async (limit) => {
    const answer = await handler().execute(new OrdersQuery({ accountId: 'acme' }, reader));
    const items = await paged(answer, limit);
    expect(items.map(({ orderId }) => orderId)).toEqual(['a-3', 'a-2', 'a-1']);
    expect(items[2]).toEqual({
      orderId: 'a-1',
      placedAt: '2025-12-31T16:00:00.000Z',
      channel: null,
      currency: 'CNY',
      amount: '100.000001',
      baseRevenue: '100.000001',
      netRevenue: '100.000001',
      status: 'placed',
      lineCount: 1,
    });
    expect(answer.columns).toEqual(Object.keys(items[0] ?? {}));
  });

  it('can be those of one status', async () => {
    const answer = await handler().execute(new OrdersQuery({ accountId: 'bolt', status: 'cancelled' }, reader));
    expect(await paged(answer, 10)).toMatchObject([{ orderId: 'b-2', netRevenue: '0' }]);
  });

  it('are shown one by one with all that happened', async () => {
    const one = await new OrderHandler(readStore).execute(
      new OrderQuery({ accountId: 'bolt', orderId: 'b-2' }, reader),
    );
    expect(one).toMatchObject({
      accountId: 'bolt',
      status: 'cancelled',
      cancellation: { cancelledAt: '2026-03-01T00:00:00.000Z', reason: 'No need', baseRevenue: '-40' },
    });
    expect(Object.keys(one).sort()).toEqual(Object.keys(order.example).sort());
    await expect(
      new OrderHandler(readStore).execute(new OrderQuery({ accountId: 'acme', orderId: 'b-2' }, reader)),
    ).rejects.toMatchObject({ status: 404, code: 'order-not-found' });
  });

  it('of an account that is not there are no empty list', async () => {
    await expect(handler().execute(new OrdersQuery({ accountId: 'nobody' }, reader))).rejects.toMatchObject({
      status: 404,
    });
  });
});

it('the credit notes of an account come newest first', async () => {
  const answer = await new CreditNotesHandler(readStore, settings, directory).execute(
    new CreditNotesQuery({ accountId: 'acme' }, reader),
  );
  const items = await paged(answer, 1);
  expect(items.map(({ creditNoteId, amount, baseRevenue }) => [creditNoteId, amount, baseRevenue])).toEqual([
    ['c-2', '2.5', '-2.5'],
    ['c-1', '7.5', '-7.5'],
  ]);
  expect(Object.keys(items[0] ?? {})).toEqual(Object.keys(creditNotes.example));
});

it('the exchange rates come by currency, newest first, within the days asked for', async () => {
  const rates = async (parameters: ExchangeRatesQuery['parameters']) =>
    paged(await new ExchangeRatesHandler(readStore).execute(new ExchangeRatesQuery(parameters, reader)), 1);
  expect((await rates({})).map(({ currency, date }) => `${currency} ${date}`)).toEqual([
    'EUR 2026-02-01',
    'EUR 2026-01-01',
    'USD 2026-01-15',
  ]);
  expect(await rates({ currency: 'EUR', until: '2026-01-31' })).toEqual([
    { currency: 'EUR', date: '2026-01-01', rate: '7.8', recordedAt: '2026-02-02T00:00:00.000Z' },
  ]);
  expect((await rates({ since: '2026-01-15' })).map(({ rate }) => rate)).toEqual(['7.9', '7.1']);
  expect(Object.keys(exchangeRates.example)).toEqual(['currency', 'date', 'rate', 'recordedAt']);
  expect(Object.keys(orders.example)).toContain('lineCount');
});
