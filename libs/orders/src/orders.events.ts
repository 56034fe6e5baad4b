import type { DomainEvent, EventTypes } from '#event-sourcing';

/*
 * Amounts are decimal strings of at most six places; quantities as well. `baseRevenue` and `baseCost` are an event's
 * signed effect on revenue and on the cost of goods, in the ledger's base currency, at the rate in the event: sums of
 * them over any set of facts are what revenue and cost came to (formulas.md, `revenue` and `grossProfit`).
 */

/** A line as it was ordered; lines are numbered from 1 and never merged. */
export type OrderLine = {
  readonly lineNo: number;
  readonly sku: string;
  /** Above 0. */
  readonly quantity: string;
  readonly unitPrice: string;
  /** Of the whole line. */
  readonly discountAmount?: string;
  readonly unitCost?: string;
  readonly description?: string;
};

export const ORDER_PLACED = 'order-placed.v1';
export type OrderPlacedData = {
  readonly orderId: string;
  readonly currency: string;
  /** Base units a unit of the currency. */
  readonly rate: string;
  readonly channel?: string;
  readonly lines: readonly OrderLine[];
  /** Σ (quantity × unit price − discount) × rate. */
  readonly baseRevenue: string;
  /** Σ quantity × unit cost × rate; left out when a line has no unit cost. */
  readonly baseCost?: string;
};
export type OrderPlaced = DomainEvent<typeof ORDER_PLACED, OrderPlacedData>;

export const ORDER_DELIVERED = 'order-delivered.v1';
export type OrderDeliveredData = {
  readonly orderId: string;
  /** Instant until which delivery was promised. */
  readonly promisedAt?: string;
  /** Whether the right goods came, all of them and whole. */
  readonly accurate?: boolean;
  /** Whether it was delivered at or before `promisedAt`; left out without a promise. */
  readonly onTime?: boolean;
};
export type OrderDelivered = DomainEvent<typeof ORDER_DELIVERED, OrderDeliveredData>;

export type ReturnedLine = { readonly lineNo: number; readonly quantity: string };

export const ORDER_RETURNED = 'order-returned.v1';
export type OrderReturnedData = {
  readonly orderId: string;
  readonly returnId: string;
  readonly lines: readonly ReturnedLine[];
  readonly reason?: string;
  /** Not above 0: the returned part of the lines. */
  readonly baseRevenue: string;
  /** Not above 0: a return gives its cost back; left out when a returned line has no unit cost. */
  readonly baseCost?: string;
};
export type OrderReturned = DomainEvent<typeof ORDER_RETURNED, OrderReturnedData>;

export const ORDER_CANCELLED = 'order-cancelled.v1';
export type OrderCancelledData = {
  readonly orderId: string;
  readonly reason: string;
  /** When the order was placed: from the cancellation on it no longer counts among the orders of that day. */
  readonly placedAt: string;
  /** Takes back all that returns and credit notes had left of the order. */
  readonly baseRevenue: string;
  /** Left out when the cost of what was left is not known. */
  readonly baseCost?: string;
};
export type OrderCancelled = DomainEvent<typeof ORDER_CANCELLED, OrderCancelledData>;

export type CreditLine = {
  readonly lineNo: number;
  readonly sku: string;
  readonly quantity: string;
  readonly unitPrice: string;
  /** For the record: a credit gives no cost back, only a return does. */
  readonly unitCost?: string;
};

export const CREDIT_NOTE_ISSUED = 'credit-note-issued.v1';
export type CreditNoteIssuedData = {
  readonly creditNoteId: string;
  readonly currency: string;
  /** The order's, where it speaks of one. */
  readonly rate: string;
  readonly lines: readonly CreditLine[];
  /** The order it credits; given, or that of the return. */
  readonly orderId?: string;
  /** The return whose value it settles. */
  readonly returnId?: string;
  readonly reason?: string;
  /**
   * −Σ quantity × unit price × rate. The first credit note of a return takes the place of the return's own value: it
   * carries the difference to that, which is above 0 when less is credited than the goods had cost.
   */
  readonly baseRevenue: string;
  /** An effect on the cost of goods, were there one: credits have none. */
  readonly baseCost?: string;
};
export type CreditNoteIssued = DomainEvent<typeof CREDIT_NOTE_ISSUED, CreditNoteIssuedData>;

export const EXCHANGE_RATE_SET = 'exchange-rate-set.v1';
export type ExchangeRateSetData = {
  readonly currency: string;
  /** `YYYY-MM-DD`: it holds from this day on, until a newer one. */
  readonly date: string;
  /** Base units a unit of the currency. */
  readonly rate: string;
};
/** In the stream `settings`. A rate set again for the same day takes the place of the one before; documents keep theirs. */
export type ExchangeRateSet = DomainEvent<typeof EXCHANGE_RATE_SET, ExchangeRateSetData>;

/** The facts in an account's stream. */
export type OrdersEvent = OrderPlaced | OrderDelivered | OrderReturned | OrderCancelled | CreditNoteIssued;

export const ordersEvents: EventTypes = {
  types: [ORDER_PLACED, ORDER_DELIVERED, ORDER_RETURNED, ORDER_CANCELLED, CREDIT_NOTE_ISSUED, EXCHANGE_RATE_SET],
};
