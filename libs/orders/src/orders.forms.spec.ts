import { describe, expect, it } from '@jest/globals';
import { ZonedCalendar } from '#calendar';
import { reject } from '#event-sourcing';
import { type CommandPreparation, compileCheck } from '#platform';
import { cancelOrder } from './commands/cancel-order.js';
import { deliverOrder } from './commands/deliver-order.js';
import { issueCreditNote } from './commands/issue-credit-note.js';
import { placeOrder } from './commands/place-order.js';
import { returnOrder } from './commands/return-order.js';
import { setExchangeRate } from './commands/set-exchange-rate.js';
import { creditNotes } from './credit-notes.query.js';
import { exchangeRates } from './exchange-rates.query.js';
import { ordersCapability } from './orders.capability.js';
import { order, orders } from './orders.queries.js';
import { revenue } from './revenue.query.js';

it.each(ordersCapability.commands.map((command) => [command.type, command] as const))(
  'the example of %s keeps its form',
  (_, { body, example }) => expect(compileCheck(body)(example)).toBe(true),
);

describe('the form of an order', () => {
  const isOrder = compileCheck(placeOrder.body);
  const line = { sku: 'any text: ünï/code', quantity: 1, unitPrice: '0' };
  const least = { placedAt: '2026-04-12T10:00:00Z', currency: 'EUR', lines: [line] };

  it('is kept by the least that must be said', () => {
    expect(isOrder(least)).toBe(true);
  });

  it.each<[string, object]>([
    ['a day without a time', { placedAt: '2026-04-12' }],
    ['a time without zone', { placedAt: '2026-04-12T10:00:00' }],
    ['a currency that is none', { currency: 'EURO' }],
    ['no lines', { lines: [] }],
    ['an id of 65 characters', { orderId: 'o'.repeat(65) }],
    ['an unknown field', { total: '1' }],
    ['a rate of nothing', { rate: '0' }],
    ['a rate as a number', { rate: 7.8 }],
  ])('refuses %s', (_, wrong) => expect(isOrder({ ...least, ...wrong })).toBe(false));

  it.each<[string, object]>([
    ['no quantity', { quantity: 0 }],
    ['a negative quantity', { quantity: -1 }],
    ['a negative price', { unitPrice: '-1' }],
    ['a price with seven decimals', { unitPrice: '0.0000001' }],
    ['a price as a number', { unitPrice: 1.5 }],
    ['a negative discount', { discountAmount: '-0.5' }],
    ['a sku of 65 characters', { sku: 's'.repeat(65) }],
    ['an empty sku', { sku: '' }],
    ['an unknown field', { price: '1' }],
  ])('refuses a line with %s', (_, wrong) =>
    expect(isOrder({ ...least, lines: [line, { ...line, ...wrong }] })).toBe(false),
  );
});

it.each<[string, new () => object, object]>([
  ['a delivery without a time', deliverOrder.body, { accurate: true }],
  ['a verdict in words', deliverOrder.body, { ...deliverOrder.example, accurate: 'yes' }],
  ['a cancellation without a reason', cancelOrder.body, { cancelledAt: '2026-04-12T10:00:00Z' }],
  ['a return of nothing', returnOrder.body, { ...returnOrder.example, lines: [] }],
  ['a return of line 0', returnOrder.body, { ...returnOrder.example, lines: [{ lineNo: 0, quantity: 1 }] }],
  [
    'a credit below zero',
    issueCreditNote.body,
    { ...issueCreditNote.example, lines: [{ sku: 'S', quantity: 1, unitPrice: '-1' }] },
  ],
  ['an exchange rate below zero', setExchangeRate.body, { rate: '-1' }],
])('%s is refused', (_, body, wrong) => expect(compileCheck(body)(wrong)).toBe(false));

describe('the preparation', () => {
  const asked: unknown[] = [];
  const preparation: CommandPreparation = {
    settings: { calendar: new ZonedCalendar('Asia/Shanghai'), baseCurrency: 'CNY' },
    now: '2026-04-12T10:00:00.000Z',
    subjectId: 'acme',
    async rateOn(currency, day) {
      asked.push([currency, day]);
      return currency === 'EUR' ? '7.8' : reject('rule', 'rate-unknown', 'No rate.');
    },
    seal: async () => '',
  };

  it('of an order looks up the rate of its day in the zone, unless it brings one', async () => {
    const data = { currency: 'EUR', placedAt: '1970-01-01T16:00:00.000Z' };
    expect(await placeOrder.prepare?.(data, preparation)).toEqual({ ...data, rateOfDay: '7.8' });
    expect(asked.splice(0)).toEqual([['EUR', 1]]);
    expect(await placeOrder.prepare?.({ ...data, rate: '8' }, preparation)).toEqual({ ...data, rate: '8' });
    expect(await placeOrder.prepare?.({ ...data, currency: 'XOF' }, preparation)).toMatchObject({
      code: 'rate-unknown',
    });
    expect(asked.splice(0)).toEqual([['XOF', 1]]);
  });

  it('of a credit note does so only without an order or a return', async () => {
    const data = { currency: 'EUR', issuedAt: '1970-01-01T00:00:00.000Z' };
    expect(await issueCreditNote.prepare?.(data, preparation)).toEqual({ ...data, rateOfDay: '7.8' });
    asked.splice(0);
    await issueCreditNote.prepare?.({ ...data, orderId: 'o-1' }, preparation);
    await issueCreditNote.prepare?.({ ...data, returnId: 'r-1' }, preparation);
    expect(asked).toEqual([]);
  });

  it('of an exchange rate refuses what is no currency or no date', async () => {
    const data = { currency: 'EUR', date: '2026-04-12', rate: '7.8' };
    expect(await setExchangeRate.prepare?.(data, preparation)).toEqual(data);
    await expect(setExchangeRate.prepare?.({ ...data, currency: 'eur' }, preparation)).rejects.toMatchObject({
      status: 400,
    });
    await expect(setExchangeRate.prepare?.({ ...data, date: '2026-02-30' }, preparation)).rejects.toMatchObject({
      status: 400,
    });
  });
});

it('the parameters of the questions can be checked', () => {
  expect(compileCheck(revenue.parameters)({ interval: 'month', since: '2026-04-12', accountId: 'acme' })).toBe(true);
  expect(compileCheck(revenue.parameters)({ interval: 'week' })).toBe(false);
  expect(compileCheck(orders.parameters)({ accountId: 'acme', status: 'cancelled', limit: 10 })).toBe(true);
  expect(compileCheck(orders.parameters)({ accountId: 'acme', status: 'lost' })).toBe(false);
  expect(compileCheck(order.parameters)({ accountId: 'acme', orderId: 'o-1' })).toBe(true);
  expect(compileCheck(creditNotes.parameters)({ accountId: 'acme' })).toBe(true);
  expect(compileCheck(exchangeRates.parameters)({ currency: 'EUR', since: '2026-01-01' })).toBe(true);
});
