import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDate, ZonedCalendar } from '#calendar';
import type { DomainEvent, Projection } from '#event-sourcing';
import { partitionOf } from '#event-sourcing';
import { projected, recordedHistory, type StreamFact } from '#event-sourcing-testing';
import { creditNotesProjection } from './credit-notes.projection.js';
import { deliveriesProjection } from './deliveries.projection.js';
import { exchangeRatesProjection } from './exchange-rates.projection.js';
import { orderYearsProjection } from './order-years.projection.js';
import { ordersProjection } from './orders.projection.js';
import { revenueDaysProjection } from './revenue-days.projection.js';

const shanghai = new ZonedCalendar('Asia/Shanghai');

function day(date: string): number {
  return parseDate(date) ?? Number.NaN;
}

function fact(type: string, at: string, data: DomainEvent['data'], accountId = 'acme'): StreamFact {
  return [`account-${accountId}`, { type: `${type}.v1`, data, occurredAt: at }];
}

const LINES = [
  { lineNo: 1, sku: 'PUMP', quantity: '2', unitPrice: '50', discountAmount: '10', unitCost: '30' },
  { lineNo: 2, sku: 'SEAL', quantity: '10', unitPrice: '1.5' },
];

/**
 * An order of the last day of 2025 in the zone (105 EUR at 8), delivered, partly returned, credited; one of 2026, known
 * cost, cancelled a month later; one of the largest amounts; a credit note without an order.
 */
const FACTS: readonly StreamFact[] = [
  fact('order-placed', '2025-12-31T15:59:59.999Z', {
    orderId: 'o-1',
    currency: 'EUR',
    rate: '8',
    channel: 'web',
    lines: LINES,
    baseRevenue: '840',
  }),
  fact('order-delivered', '2026-01-05T02:00:00.000Z', {
    orderId: 'o-1',
    promisedAt: '2026-01-04T02:00:00.000Z',
    accurate: true,
    onTime: false,
  }),
  fact('order-placed', '2025-12-31T16:00:00.000Z', {
    orderId: 'o-2',
    currency: 'CNY',
    rate: '1',
    lines: [{ lineNo: 1, sku: 'PUMP', quantity: '1', unitPrice: '400.5', unitCost: '300' }],
    baseRevenue: '400.5',
    baseCost: '300',
  }),
  fact('order-returned', '2026-01-10T02:00:00.000Z', {
    orderId: 'o-1',
    returnId: 'r-1',
    lines: [{ lineNo: 1, quantity: '1' }],
    reason: 'Wrong size',
    baseRevenue: '-360',
    baseCost: '-240',
  }),
  fact('credit-note-issued', '2026-01-11T02:00:00.000Z', {
    creditNoteId: 'c-1',
    currency: 'EUR',
    rate: '8',
    lines: [{ lineNo: 1, sku: 'PUMP', quantity: '1', unitPrice: '40.25' }],
    orderId: 'o-1',
    returnId: 'r-1',
    baseRevenue: '38',
  }),
  fact('order-cancelled', '2026-02-01T02:00:00.000Z', {
    orderId: 'o-2',
    reason: 'Ordered twice',
    placedAt: '2025-12-31T16:00:00.000Z',
    baseRevenue: '-400.5',
    baseCost: '-300',
  }),
  fact('credit-note-issued', '2026-01-11T03:00:00.000Z', {
    creditNoteId: 'c-2',
    currency: 'CNY',
    rate: '1',
    lines: [{ lineNo: 1, sku: 'SEAL', quantity: '2', unitPrice: '0.75' }],
    reason: 'Goodwill',
    baseRevenue: '-1.5',
  }),
  fact('order-placed', '2026-02-01T03:00:00.000Z', {
    orderId: 'o-3',
    currency: 'CNY',
    rate: '1',
    lines: [{ lineNo: 1, sku: 'PLANT', quantity: '1', unitPrice: '99999999999.999999', unitCost: '1' }],
    baseRevenue: '99999999999.999999',
    baseCost: '1',
  }),
];
const HISTORY = recordedHistory(FACTS);

function documentsOf(projection: Projection) {
  return projected(projection, HISTORY).map(({ document }) => document);
}

describe('the years of an account', () => {
  it('hold a group of six integers a day, in the days of the zone, and what was cancelled of them', () => {
    expect(documentsOf(orderYearsProjection(shanghai))).toEqual([
      { accountId: 'acme', year: 2025n, days: [day('2025-12-31'), 1, 0, 1, 840_000_000, 0], cancelled: null },
      {
        accountId: 'acme',
        year: 2026n,
        days: [
          ...[day('2026-01-01'), 1, 0, 0, 400_500_000, 300_000_000],
          ...[day('2026-01-10'), 0, 0, 0, -360_000_000, -240_000_000],
          ...[day('2026-01-11'), 0, 2, 0, 36_500_000, 0],
          // −400.5 and 99,999,999,999.999999: beyond what a double holds.
          ...[day('2026-02-01'), 1, 0, 0, '99999999599499999', -299_000_000],
        ],
        cancelled: [day('2026-01-01'), day('2026-02-01')],
      },
    ]);
  });

  it('keep a cancellation with the year of the order, and its amount with its own', () => {
    const cancellation = fact('order-cancelled', '2026-03-01T02:00:00.000Z', {
      orderId: 'o-1',
      reason: 'No need',
      placedAt: '2025-12-31T15:59:59.999Z',
      baseRevenue: '-840',
    });
    const history = recordedHistory([...FACTS.slice(0, 1), cancellation]);
    expect(projected(orderYearsProjection(shanghai), history).map(({ document }) => document)).toEqual([
      {
        accountId: 'acme',
        year: 2025n,
        days: [day('2025-12-31'), 1, 0, 1, 840_000_000, 0],
        cancelled: [day('2025-12-31'), day('2026-03-01')],
      },
      {
        accountId: 'acme',
        year: 2026n,
        days: [day('2026-03-01'), 0, 0, 1, -840_000_000, 0],
        cancelled: null,
      },
    ]);
  });
});

describe.each<[string, (calendar: ZonedCalendar) => Projection]>([
  ['the years of an account', orderYearsProjection],
  ['the revenue of the days', revenueDaysProjection],
  ['the totals of deliveries', deliveriesProjection],
])('%s', (_, projection) => {
  it('are the same in whatever order the facts became known', () => {
    const shuffled = fc.shuffledSubarray([...FACTS], { minLength: FACTS.length, maxLength: FACTS.length });
    const byKey = (facts: readonly StreamFact[]) =>
      new Map(
        projected(projection(shanghai), recordedHistory(facts)).map(({ key, document }) => [key.join(' '), document]),
      );
    const expected = byKey(FACTS);
    fc.assert(fc.property(shuffled, (facts) => expect(byKey(facts)).toEqual(expected)));
  });
});

it('the revenue of a day holds amounts in units and millionths, also below zero', () => {
  const days = documentsOf(revenueDaysProjection(shanghai));
  const partition = BigInt(partitionOf('account-acme'));
  const sums = { orders: 0n, creditNotes: 0n, uncosted: 0n, costUnits: 0n, costMicros: 0n };
  const january = BigInt(2026 * 12);
  expect(days).toEqual([
    {
      ...sums,
      partition,
      day: BigInt(day('2025-12-31')),
      month: january - 1n,
      orders: 1n,
      uncosted: 1n,
      revenueUnits: 840n,
      revenueMicros: 0n,
    },
    // Its order was cancelled: the day keeps the amount, which the day of the cancellation takes back.
    {
      ...sums,
      partition,
      day: BigInt(day('2026-01-01')),
      month: january,
      revenueUnits: 400n,
      revenueMicros: 500_000n,
      costUnits: 300n,
    },
    {
      ...sums,
      partition,
      day: BigInt(day('2026-01-10')),
      month: january,
      revenueUnits: -360n,
      revenueMicros: 0n,
      costUnits: -240n,
    },
    {
      ...sums,
      partition,
      day: BigInt(day('2026-01-11')),
      month: january,
      creditNotes: 2n,
      revenueUnits: 36n,
      revenueMicros: 500_000n,
    },
    {
      ...sums,
      partition,
      day: BigInt(day('2026-02-01')),
      month: january + 1n,
      orders: 1n,
      revenueUnits: 99_999_999_599n,
      revenueMicros: 499_999n,
      costUnits: -299n,
    },
  ]);
});

it('deliveries are counted with a promise or a verdict only', () => {
  const history = recordedHistory([
    fact('order-delivered', '2026-01-05T02:00:00.000Z', { orderId: 'a', onTime: false, accurate: true }),
    fact('order-delivered', '2026-01-06T02:00:00.000Z', { orderId: 'b' }),
    fact('order-delivered', '2026-01-07T02:00:00.000Z', { orderId: 'c', onTime: true }),
  ]);
  expect(projected(deliveriesProjection(shanghai), history).map(({ document }) => document)).toEqual([
    { accountId: 'acme', day: BigInt(day('2026-01-05')), promised: 1n, onTime: 0n, judged: 1n, accurate: 1n },
    { accountId: 'acme', day: BigInt(day('2026-01-07')), promised: 2n, onTime: 1n, judged: 1n, accurate: 1n },
  ]);
});

describe('an order', () => {
  it('shows its lines and all that happened to it', () => {
    const [first] = documentsOf(ordersProjection);
    expect(first).toEqual({
      accountId: 'acme',
      orderId: 'o-1',
      placedAt: '2025-12-31T15:59:59.999Z',
      currency: 'EUR',
      rate: '8',
      channel: 'web',
      amount: '105',
      baseRevenue: '840',
      baseCost: null,
      netRevenue: '518',
      status: 'partly-returned',
      lineCount: 2n,
      lines: [
        { ...LINES[0], returned: '1' },
        { ...LINES[1], returned: '0' },
      ],
      delivery: {
        deliveredAt: '2026-01-05T02:00:00.000Z',
        promisedAt: '2026-01-04T02:00:00.000Z',
        onTime: false,
        accurate: true,
      },
      returns: [
        {
          returnId: 'r-1',
          returnedAt: '2026-01-10T02:00:00.000Z',
          lines: [{ lineNo: 1, quantity: '1' }],
          reason: 'Wrong size',
          baseRevenue: '-360',
          baseCost: '-240',
        },
      ],
      creditNotes: [
        {
          creditNoteId: 'c-1',
          issuedAt: '2026-01-11T02:00:00.000Z',
          amount: '40.25',
          returnId: 'r-1',
          reason: null,
          baseRevenue: '38',
        },
      ],
      cancellation: null,
    });
  });

  it('has the status of the last thing that counts', () => {
    const statuses = (facts: readonly StreamFact[]) =>
      projected(ordersProjection, recordedHistory(facts)).map(({ document }) => document.status);
    expect(statuses(FACTS.slice(0, 1))).toEqual(['placed']);
    expect(statuses(FACTS.slice(0, 2))).toEqual(['delivered']);
    expect(statuses(FACTS)).toEqual(['partly-returned', 'cancelled', 'placed']);
    const rest = fact('order-returned', '2026-01-12T02:00:00.000Z', {
      orderId: 'o-1',
      returnId: 'r-2',
      lines: [
        { lineNo: 1, quantity: '0.5' },
        { lineNo: 2, quantity: '10' },
        { lineNo: 1, quantity: '0.5' },
      ],
      baseRevenue: '-480',
    });
    expect(statuses([...FACTS, rest])[0]).toBe('returned');
  });

  it('that is not there stops the stream', () => {
    expect(() => projected(ordersProjection, recordedHistory(FACTS.slice(1, 2)))).toThrow('no order o-1');
  });
});

it('credit notes stand by themselves, with an order or without', () => {
  expect(documentsOf(creditNotesProjection)).toEqual([
    {
      accountId: 'acme',
      creditNoteId: 'c-1',
      issuedAt: '2026-01-11T02:00:00.000Z',
      currency: 'EUR',
      rate: '8',
      amount: '40.25',
      baseRevenue: '38',
      orderId: 'o-1',
      returnId: 'r-1',
      reason: null,
      lines: [{ lineNo: 1, sku: 'PUMP', quantity: '1', unitPrice: '40.25' }],
    },
    {
      accountId: 'acme',
      creditNoteId: 'c-2',
      issuedAt: '2026-01-11T03:00:00.000Z',
      currency: 'CNY',
      rate: '1',
      amount: '1.5',
      baseRevenue: '-1.5',
      orderId: null,
      returnId: null,
      reason: 'Goodwill',
      lines: [{ lineNo: 1, sku: 'SEAL', quantity: '2', unitPrice: '0.75' }],
    },
  ]);
});

it('of an exchange rate set twice the later stands', () => {
  const set = (rate: string): StreamFact => [
    'settings',
    {
      type: 'exchange-rate-set.v1',
      data: { currency: 'EUR', date: '2026-01-01', rate },
      occurredAt: '2026-01-02T00:00:00.000Z',
    },
  ];
  const documents = projected(exchangeRatesProjection, recordedHistory([set('7.8'), set('7.9')]));
  expect(documents.map(({ document }) => document)).toEqual([
    { currency: 'EUR', date: '2026-01-01', rate: '7.9', recordedAt: '2026-01-02T00:00:00.000Z' },
  ]);
});
