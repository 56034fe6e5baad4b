import { describe, it } from '@jest/globals';
import { given } from '#event-sourcing-testing';
import { ordersDecider } from './orders.decider.js';
import type { OrderCancelled, OrderDelivered, OrderPlaced, OrderReturned } from './orders.events.js';
import type { CancelOrderCommand, DeliverOrderCommand, PlaceOrderCommand } from './orders-commands.js';

const decider = ordersDecider({ baseCurrency: 'CNY' });
const PLACED_AT = '2026-01-10T08:00:00.000Z';

function place(changed: Partial<PlaceOrderCommand['data']> = {}): PlaceOrderCommand {
  return {
    type: 'place-order',
    data: {
      orderId: 'o-1',
      placedAt: PLACED_AT,
      currency: 'CNY',
      lines: [
        { sku: 'PUMP', quantity: 3, unitPrice: '100.10', discountAmount: '0.30', unitCost: '60' },
        { sku: 'SEAL', quantity: '2.5', unitPrice: '4', unitCost: '1.000001' },
      ],
      ...changed,
    },
  };
}

/** 3 × 100.1 − 0.3 + 2.5 × 4 = 310; 3 × 60 + 2.5 × 1.000001 = 182.5000025, to the even millionth 182.500002. */
const PLACED: OrderPlaced = {
  type: 'order-placed.v1',
  occurredAt: PLACED_AT,
  data: {
    orderId: 'o-1',
    currency: 'CNY',
    rate: '1',
    lines: [
      { lineNo: 1, sku: 'PUMP', quantity: '3', unitPrice: '100.1', discountAmount: '0.3', unitCost: '60' },
      { lineNo: 2, sku: 'SEAL', quantity: '2.5', unitPrice: '4', unitCost: '1.000001' },
    ],
    baseRevenue: '310',
    baseCost: '182.500002',
  },
};

function deliver(changed: Partial<DeliverOrderCommand['data']> = {}): DeliverOrderCommand {
  return {
    type: 'deliver-order',
    data: { orderId: 'o-1', deliveredAt: '2026-01-12T08:00:00.000Z', ...changed },
  };
}

const DELIVERED: OrderDelivered = {
  type: 'order-delivered.v1',
  occurredAt: '2026-01-12T08:00:00.000Z',
  data: { orderId: 'o-1' },
};

function cancel(changed: Partial<CancelOrderCommand['data']> = {}): CancelOrderCommand {
  return {
    type: 'cancel-order',
    data: { orderId: 'o-1', cancelledAt: '2026-01-20T08:00:00.000Z', reason: 'Ordered twice', ...changed },
  };
}

const CANCELLED: OrderCancelled = {
  type: 'order-cancelled.v1',
  occurredAt: '2026-01-20T08:00:00.000Z',
  data: {
    orderId: 'o-1',
    reason: 'Ordered twice',
    placedAt: PLACED_AT,
    baseRevenue: '-310',
    baseCost: '-182.500002',
  },
};

describe('placing an order', () => {
  it('numbers the lines, sums them exactly and rounds once', () => {
    given(decider).when(place()).thenEvents(PLACED);
  });

  it('never merges lines, and takes null for left out', () => {
    const line = { sku: 'SEAL', quantity: 1, unitPrice: '4', discountAmount: null, unitCost: null, description: null };
    given(decider)
      .when(place({ channel: null, rate: null, lines: [line, line] }))
      .thenEvents({
        ...PLACED,
        data: {
          orderId: 'o-1',
          currency: 'CNY',
          rate: '1',
          lines: [
            { lineNo: 1, sku: 'SEAL', quantity: '1', unitPrice: '4' },
            { lineNo: 2, sku: 'SEAL', quantity: '1', unitPrice: '4' },
          ],
          baseRevenue: '8',
        },
      });
  });

  it('rounds the sum of the lines, not each of them', () => {
    // Each is 0.0000004, which alone would be nothing.
    const line = { sku: 'DUST', quantity: '0.0004', unitPrice: '0.001', unitCost: '0' };
    given(decider)
      .when(place({ lines: [line, line, line] }))
      .thenEvents({
        ...PLACED,
        data: {
          orderId: 'o-1',
          currency: 'CNY',
          rate: '1',
          lines: [1, 2, 3].map((lineNo) => ({ lineNo, ...line })),
          baseRevenue: '0.000001',
          baseCost: '0',
        },
      });
  });

  it.each([
    ['the rate of its day', { rateOfDay: '7.8125' }, '7.8125', '7.8125'],
    ['its own rate first', { rate: '0.50', rateOfDay: '7.8125' }, '0.5', '0.5'],
    ['a half to the even millionth', { rate: '0.0000025' }, '0.0000025', '0.000002'],
  ])('converts at %s', (_, rates, rate, baseRevenue) => {
    given(decider)
      .when(place({ currency: 'EUR', channel: 'web', lines: [{ sku: 'S', quantity: 1, unitPrice: '1' }], ...rates }))
      .thenEvents({
        ...PLACED,
        data: {
          orderId: 'o-1',
          currency: 'EUR',
          rate,
          channel: 'web',
          lines: [{ lineNo: 1, sku: 'S', quantity: '1', unitPrice: '1' }],
          baseRevenue,
        },
      });
  });

  it('says nothing new when the same order comes again, however it is written', () => {
    given(decider, PLACED).when(place()).thenNothing();
    given(decider, PLACED, CANCELLED).when(place()).thenNothing();
    const [pump, seal] = place().data.lines;
    given(decider, PLACED)
      .when(place({ rate: '1.0', lines: [{ ...pump!, quantity: '3.00' }, seal!] }))
      .thenNothing();
  });

  it('refuses an id that stands for another order', () => {
    given(decider, PLACED)
      .when(place({ placedAt: '2026-01-10T08:00:00.001Z' }))
      .thenRejected('id-exists');
    given(decider, PLACED)
      .when(place({ lines: place().data.lines.slice(0, 1) }))
      .thenRejected('id-exists');
  });

  it('refuses a discount above the price of its line', () => {
    given(decider)
      .when(place({ lines: [{ sku: 'S', quantity: 2, unitPrice: '1', discountAmount: '2.000001' }] }))
      .thenRejected('discount-too-large', { lineNo: 1 });
  });

  it('refuses a rate other than 1 for the base currency, and any currency without a rate', () => {
    given(decider)
      .when(place({ rate: '1.000000000001' }))
      .thenRejected('base-currency');
    given(decider)
      .when(place({ currency: 'EUR' }))
      .thenRejected('rate-unknown');
  });

  it('refuses a total of 10^11 in the base currency, of cost as well', () => {
    const line = { sku: 'S', quantity: '1000', unitPrice: '100000000' };
    given(decider)
      .when(place({ lines: [line] }))
      .thenRejected('amount-too-large');
    given(decider)
      .when(place({ lines: [{ ...line, unitPrice: '0', unitCost: '100000000' }] }))
      .thenRejected('amount-too-large');
    given(decider)
      .when(place({ currency: 'EUR', rate: '1000', lines: [{ ...line, unitPrice: '100000' }] }))
      .thenRejected('amount-too-large');
  });
});

describe('delivering an order', () => {
  it('tells whether it was on time by comparing instants', () => {
    given(decider, PLACED).when(deliver()).thenEvents(DELIVERED);
    given(decider, PLACED)
      .when(deliver({ promisedAt: '2026-01-12T16:00:00+08:00', accurate: false }))
      .thenEvents({
        ...DELIVERED,
        data: { orderId: 'o-1', promisedAt: '2026-01-12T08:00:00.000Z', accurate: false, onTime: true },
      });
    given(decider, PLACED)
      .when(deliver({ promisedAt: '2026-01-12T07:59:59.999Z', accurate: null }))
      .thenEvents({
        ...DELIVERED,
        data: { orderId: 'o-1', promisedAt: '2026-01-12T07:59:59.999Z', onTime: false },
      });
  });

  it('happens once', () => {
    given(decider, PLACED, DELIVERED).when(deliver()).thenNothing();
    given(decider, PLACED, DELIVERED)
      .when(deliver({ accurate: true }))
      .thenRejected('already-delivered');
  });

  it('needs an order that was placed by then and is not cancelled', () => {
    given(decider).when(deliver()).thenRejected('order-not-found');
    given(decider, PLACED)
      .when(deliver({ deliveredAt: '2026-01-10T07:59:59.999Z' }))
      .thenRejected('out-of-order', { placedAt: PLACED_AT });
    given(decider, PLACED, CANCELLED)
      .when(deliver({ deliveredAt: '2026-01-20T08:00:00.000Z' }))
      .thenRejected('order-cancelled');
  });

  it('before the cancellation may become known after it', () => {
    given(decider, PLACED, CANCELLED).when(deliver()).thenEvents(DELIVERED);
  });
});

describe('cancelling an order', () => {
  it('takes its revenue and its cost back', () => {
    given(decider, PLACED).when(cancel()).thenEvents(CANCELLED);
  });

  it('takes back what returns and credit notes have left', () => {
    const returned: OrderReturned = {
      type: 'order-returned.v1',
      occurredAt: '2026-01-15T08:00:00.000Z',
      data: {
        orderId: 'o-1',
        returnId: 'r-1',
        lines: [{ lineNo: 1, quantity: '1' }],
        baseRevenue: '-100',
        baseCost: '-60',
      },
    };
    given(decider, PLACED, returned, {
      type: 'credit-note-issued.v1',
      occurredAt: '2026-01-16T08:00:00.000Z',
      data: {
        creditNoteId: 'c-1',
        orderId: 'o-1',
        currency: 'CNY',
        rate: '1',
        lines: [{ lineNo: 1, sku: 'SEAL', quantity: '1', unitPrice: '10' }],
        baseRevenue: '-10',
      },
    })
      .when(cancel())
      .thenEvents({ ...CANCELLED, data: { ...CANCELLED.data, baseRevenue: '-200', baseCost: '-122.500002' } });
  });

  it('leaves the cost open when that of what is left is not known', () => {
    const { baseCost: _, ...uncosted } = PLACED.data;
    const [pump, seal] = uncosted.lines;
    const { unitCost: __, ...unknown } = seal!;
    const { baseCost: ___, ...left } = CANCELLED.data;
    given(decider, { ...PLACED, data: { ...uncosted, lines: [pump!, unknown] } })
      .when(cancel())
      .thenEvents({ ...CANCELLED, data: left });
  });

  it('happens once', () => {
    given(decider, PLACED, CANCELLED).when(cancel()).thenNothing();
    given(decider, PLACED, CANCELLED)
      .when(cancel({ reason: 'Changed their mind' }))
      .thenRejected('already-cancelled');
  });

  it('needs an order, and comes after all that happened to it', () => {
    given(decider).when(cancel()).thenRejected('order-not-found');
    given(decider, PLACED)
      .when(cancel({ cancelledAt: '2026-01-10T07:59:59.999Z' }))
      .thenRejected('out-of-order', { placedAt: PLACED_AT });
    given(decider, PLACED, DELIVERED)
      .when(cancel({ cancelledAt: '2026-01-12T07:59:59.999Z' }))
      .thenRejected('out-of-order', { latestAt: '2026-01-12T08:00:00.000Z' });
  });
});
