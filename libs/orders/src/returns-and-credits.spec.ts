import { describe, it } from '@jest/globals';
import { given } from '#event-sourcing-testing';
import { ordersDecider } from './orders.decider.js';
import type { CreditNoteIssued, OrderCancelled, OrderPlaced, OrderReturned } from './orders.events.js';
import type { IssueCreditNoteCommand, ReturnOrderCommand } from './orders-commands.js';

const decider = ordersDecider({ baseCurrency: 'CNY' });
const PLACED_AT = '2026-01-10T08:00:00.000Z';
const RETURNED_AT = '2026-02-01T08:00:00.000Z';

/** 3 for 100 EUR together and 10 at 2 EUR, at 7 CNY: 840; the second line's cost is not known. */
const PLACED: OrderPlaced = {
  type: 'order-placed.v1',
  occurredAt: PLACED_AT,
  data: {
    orderId: 'o-1',
    currency: 'EUR',
    rate: '7',
    lines: [
      { lineNo: 1, sku: 'PUMP', quantity: '3', unitPrice: '40', discountAmount: '20', unitCost: '25' },
      { lineNo: 2, sku: 'SEAL', quantity: '10', unitPrice: '2' },
    ],
    baseRevenue: '840',
  },
};

const CANCELLED: OrderCancelled = {
  type: 'order-cancelled.v1',
  occurredAt: '2026-01-20T08:00:00.000Z',
  data: { orderId: 'o-1', reason: 'Ordered twice', placedAt: PLACED_AT, baseRevenue: '-840' },
};

function takeBack(changed: Partial<ReturnOrderCommand['data']> = {}): ReturnOrderCommand {
  return {
    type: 'return-order',
    data: {
      orderId: 'o-1',
      returnId: 'r-1',
      returnedAt: RETURNED_AT,
      lines: [{ lineNo: 1, quantity: 1 }],
      ...changed,
    },
  };
}

function returned(changed: Partial<OrderReturned['data']> = {}): OrderReturned {
  return {
    type: 'order-returned.v1',
    occurredAt: RETURNED_AT,
    data: {
      orderId: 'o-1',
      returnId: 'r-1',
      lines: [{ lineNo: 1, quantity: '1' }],
      // A third of 100 EUR at 7.
      baseRevenue: '-233.333333',
      baseCost: '-175',
      ...changed,
    },
  };
}

function credit(changed: Partial<IssueCreditNoteCommand['data']> = {}): IssueCreditNoteCommand {
  return {
    type: 'issue-credit-note',
    data: {
      creditNoteId: 'c-1',
      issuedAt: '2026-03-01T08:00:00.000Z',
      currency: 'EUR',
      lines: [{ sku: 'PUMP', quantity: 1, unitPrice: '30.0', unitCost: '25' }],
      ...changed,
    },
  };
}

function credited(changed: Partial<CreditNoteIssued['data']> = {}): CreditNoteIssued {
  return {
    type: 'credit-note-issued.v1',
    occurredAt: '2026-03-01T08:00:00.000Z',
    data: {
      creditNoteId: 'c-1',
      currency: 'EUR',
      rate: '7',
      lines: [{ lineNo: 1, sku: 'PUMP', quantity: '1', unitPrice: '30', unitCost: '25' }],
      orderId: 'o-1',
      baseRevenue: '-210',
      ...changed,
    },
  };
}

describe('returning goods', () => {
  it('takes their part of the line back, discount and all, and gives the cost back', () => {
    given(decider, PLACED).when(takeBack()).thenEvents(returned());
  });

  it('comes to the whole line in the end, however it is divided', () => {
    given(decider, PLACED, returned())
      .when(takeBack({ returnId: 'r-2', lines: [{ lineNo: 1, quantity: '2' }] }))
      .thenEvents(
        returned({
          returnId: 'r-2',
          lines: [{ lineNo: 1, quantity: '2' }],
          baseRevenue: '-466.666667',
          baseCost: '-350',
        }),
      );
  });

  it('leaves the cost open where that of a returned line is not known', () => {
    const { baseCost: _, ...data } = returned({
      lines: [{ lineNo: 2, quantity: '0.5' }],
      reason: 'Wrong size',
      baseRevenue: '-7',
    }).data;
    given(decider, PLACED)
      .when(takeBack({ lines: [{ lineNo: 2, quantity: 0.5 }], reason: 'Wrong size' }))
      .thenEvents({ ...returned(), data });
  });

  it('says nothing new the second time, and refuses an id that stands for another return', () => {
    given(decider, PLACED, returned())
      .when(takeBack({ lines: [{ lineNo: 1, quantity: '1.0' }], reason: null }))
      .thenNothing();
    given(decider, PLACED, returned())
      .when(takeBack({ lines: [{ lineNo: 1, quantity: 2 }] }))
      .thenRejected('id-exists');
  });

  it('never takes more than is left, counting a line named twice as one', () => {
    given(decider, PLACED, returned())
      .when(
        takeBack({
          returnId: 'r-2',
          lines: [
            { lineNo: 1, quantity: 1.5 },
            { lineNo: 2, quantity: 10 },
            { lineNo: 1, quantity: '0.500001' },
          ],
        }),
      )
      .thenRejected('over-return', {
        lines: [{ lineNo: 1, ordered: '3', returned: '1', left: '2', requested: '2.000001' }],
      });
  });

  it('counts returns of every date, for goods come back once', () => {
    given(decider, PLACED, returned({ lines: [{ lineNo: 1, quantity: '3' }] }))
      .when(takeBack({ returnId: 'r-2', returnedAt: '2026-01-15T00:00:00.000Z' }))
      .thenRejected('over-return');
  });

  it('needs an order with these lines, placed by then and not cancelled', () => {
    given(decider).when(takeBack()).thenRejected('order-not-found');
    given(decider, PLACED)
      .when(takeBack({ lines: [{ lineNo: 3, quantity: 1 }] }))
      .thenRejected('line-not-found', { lines: [3] });
    given(decider, PLACED)
      .when(takeBack({ returnedAt: '2026-01-10T07:59:59.999Z' }))
      .thenRejected('out-of-order');
    given(decider, PLACED, CANCELLED).when(takeBack()).thenRejected('order-cancelled');
  });
});

describe('issuing a credit note', () => {
  it('without an order takes the rate of its day, and gives no cost back', () => {
    const { orderId: _, ...data } = credited({ rate: '8', baseRevenue: '-240' }).data;
    given(decider)
      .when(credit({ rateOfDay: '8.00' }))
      .thenEvents({ ...credited(), data });
  });

  it("on an order takes the order's rate", () => {
    given(decider, PLACED)
      .when(credit({ orderId: 'o-1' }))
      .thenEvents(credited());
    given(decider, PLACED)
      .when(credit({ orderId: 'o-1', rate: '7.0' }))
      .thenEvents(credited());
  });

  it("for a return takes the place of the return's value", () => {
    // Booked were −233.333333; credited are 210: together −210.
    given(decider, PLACED, returned())
      .when(credit({ returnId: 'r-1' }))
      .thenEvents(credited({ returnId: 'r-1', baseRevenue: '23.333333' }));
    given(decider, PLACED, returned())
      .when(credit({ returnId: 'r-1', lines: [{ sku: 'PUMP', quantity: 1, unitPrice: '40' }] }))
      .thenEvents(
        credited({
          returnId: 'r-1',
          lines: [{ lineNo: 1, sku: 'PUMP', quantity: '1', unitPrice: '40' }],
          baseRevenue: '-46.666667',
        }),
      );
  });

  it('for a return that is settled already adds to it', () => {
    const first = credited({ returnId: 'r-1', baseRevenue: '23.333333' });
    given(decider, PLACED, returned(), first)
      .when(credit({ creditNoteId: 'c-2', returnId: 'r-1' }))
      .thenEvents(credited({ creditNoteId: 'c-2', returnId: 'r-1', baseRevenue: '-210' }));
  });

  it('says nothing new the second time, and refuses an id that stands for another one', () => {
    given(decider, PLACED, credited())
      .when(credit({ orderId: 'o-1' }))
      .thenNothing();
    given(decider, PLACED, returned(), credited({ returnId: 'r-1', baseRevenue: '23.333333' }))
      .when(credit({ returnId: 'r-1' }))
      .thenNothing();
    given(decider, PLACED, credited())
      .when(credit({ orderId: 'o-1', reason: 'Late' }))
      .thenRejected('id-exists');
  });

  it('refuses orders and returns that are not there or do not belong together', () => {
    given(decider)
      .when(credit({ orderId: 'o-1' }))
      .thenRejected('order-not-found');
    given(decider, PLACED)
      .when(credit({ orderId: 'o-1', returnId: 'r-1' }))
      .thenRejected('return-not-found');
    const other: OrderPlaced = { ...PLACED, data: { ...PLACED.data, orderId: 'o-2' } };
    given(decider, PLACED, other, returned())
      .when(credit({ orderId: 'o-2', returnId: 'r-1' }))
      .thenRejected('return-of-another-order', { orderId: 'o-1' });
  });

  it("refuses another currency or rate than the order's", () => {
    given(decider, PLACED)
      .when(credit({ orderId: 'o-1', currency: 'CNY' }))
      .thenRejected('currency-mismatch', { currency: 'EUR' });
    given(decider, PLACED)
      .when(credit({ orderId: 'o-1', rate: '7.1' }))
      .thenRejected('rate-mismatch', { rate: '7' });
  });

  it('refuses a date before the order or the return, and a cancelled order', () => {
    given(decider, PLACED)
      .when(credit({ orderId: 'o-1', issuedAt: '2026-01-10T07:59:59.999Z' }))
      .thenRejected('out-of-order', { placedAt: PLACED_AT });
    given(decider, PLACED, returned())
      .when(credit({ returnId: 'r-1', issuedAt: '2026-02-01T07:59:59.999Z' }))
      .thenRejected('out-of-order', { returnedAt: RETURNED_AT });
    given(decider, PLACED, CANCELLED)
      .when(credit({ orderId: 'o-1' }))
      .thenRejected('order-cancelled');
  });

  it('refuses a rate for the base currency, none for another, and a total that is too large', () => {
    given(decider)
      .when(credit({ currency: 'CNY', rate: '2' }))
      .thenRejected('base-currency');
    given(decider).when(credit()).thenRejected('rate-unknown');
    given(decider)
      .when(credit({ rateOfDay: '1', lines: [{ sku: 'S', quantity: '1000', unitPrice: '100000000' }] }))
      .thenRejected('amount-too-large');
  });
});
