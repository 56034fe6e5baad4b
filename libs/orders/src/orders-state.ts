import { Map as ImmutableMap } from 'immutable';
import { contentHash, type DomainEvent, KeyedState, textForm } from '#event-sourcing';
import { parseMicros } from '#money';
import { packedLines } from './order-lines.js';
import { orderForm, returnForm } from './order-snapshots.js';
import {
  CREDIT_NOTE_ISSUED,
  type CreditNoteIssuedData,
  ORDER_CANCELLED,
  ORDER_DELIVERED,
  ORDER_PLACED,
  ORDER_RETURNED,
  type OrderCancelledData,
  type OrderDeliveredData,
  type OrderPlacedData,
  type OrderReturnedData,
  type OrdersEvent,
} from './orders.events.js';

/** Something that was done to an order, and when. */
export interface Done {
  readonly at: string;
  /** Hash of what was said of it. */
  readonly content: string;
}

export interface OrderState {
  readonly content: string;
  readonly placedAt: string;
  readonly currency: string;
  readonly rate: string;
  /** See order-lines.ts. */
  readonly lines: string;
  /** Micros by line number. */
  readonly returned: ImmutableMap<number, bigint>;
  /** What returns and credit notes have left of its revenue: micros of the base currency. */
  readonly left: bigint;
  /** Date of the latest thing that happened to it. */
  readonly latestAt: string;
  readonly delivery?: Done;
  readonly cancellation?: Done;
}

export interface ReturnState extends Done {
  readonly orderId: string;
  /** Its effect on revenue: micros of the base currency, not above 0. */
  readonly value: bigint;
  /** Whether credit notes have taken the place of its value. */
  readonly settled: boolean;
}

/** What one account's orders have come to, as far as decisions need it. */
export interface OrdersState {
  readonly orders: KeyedState<OrderState>;
  readonly returns: KeyedState<ReturnState>;
  /** Content hash of each credit note. */
  readonly creditNotes: KeyedState<string>;
}

export const noOrders: OrdersState = {
  orders: KeyedState.empty('orders', orderForm),
  returns: KeyedState.empty('orders.returns', returnForm),
  creditNotes: KeyedState.empty('orders.credit-notes', textForm),
};

export function evolveOrders(state: OrdersState, event: DomainEvent<string, object>): OrdersState {
  const fact = event as OrdersEvent;
  switch (fact.type) {
    case ORDER_PLACED:
      return { ...state, orders: state.orders.set(fact.data.orderId, placed(fact.data, fact.occurredAt)) };
    case ORDER_DELIVERED: {
      const delivery = { at: fact.occurredAt, content: deliveryContent(fact.data, fact.occurredAt) };
      return withOrder(state, fact.data.orderId, fact.occurredAt, () => ({ delivery }));
    }
    case ORDER_CANCELLED: {
      const cancellation = { at: fact.occurredAt, content: cancellationContent(fact.data, fact.occurredAt) };
      return withOrder(state, fact.data.orderId, fact.occurredAt, () => ({ cancellation, left: 0n }));
    }
    case ORDER_RETURNED:
      return returned(state, fact.data, fact.occurredAt);
    case CREDIT_NOTE_ISSUED:
      return credited(state, fact.data, fact.occurredAt);
    default:
      return state;
  }
}

function placed(data: OrderPlacedData, placedAt: string): OrderState {
  const { currency, rate, lines, baseRevenue } = data;
  return {
    content: orderContent(data, placedAt),
    placedAt,
    currency,
    rate,
    lines: packedLines(lines),
    returned: ImmutableMap(),
    left: parseMicros(baseRevenue),
    latestAt: placedAt,
  };
}

function returned(state: OrdersState, data: OrderReturnedData, at: string): OrdersState {
  const { orderId, returnId, lines } = data;
  const value = parseMicros(data.baseRevenue);
  const after = withOrder(state, orderId, at, (order) => ({
    left: order.left + value,
    returned: withReturned(order.returned, lines),
  }));
  const settled = false;
  const content = returnContent(data, at);
  return { ...after, returns: state.returns.set(returnId, { orderId, at, content, value, settled }) };
}

function credited(state: OrdersState, data: CreditNoteIssuedData, at: string): OrdersState {
  const { creditNoteId, orderId, returnId } = data;
  const value = parseMicros(data.baseRevenue);
  const creditNotes = state.creditNotes.set(creditNoteId, creditNoteContent(data, at));
  const after = orderId === undefined ? state : withOrder(state, orderId, at, ({ left }) => ({ left: left + value }));
  const settles = returnId === undefined ? undefined : after.returns.get(returnId);
  if (returnId === undefined || settles === undefined) return { ...after, creditNotes };
  return { ...after, creditNotes, returns: after.returns.set(returnId, { ...settles, settled: true }) };
}

function withOrder(
  state: OrdersState,
  orderId: string,
  at: string,
  change: (order: OrderState) => Partial<OrderState>,
): OrdersState {
  const order = state.orders.get(orderId);
  if (order === undefined) return state;
  const latestAt = order.latestAt > at ? order.latestAt : at;
  return { ...state, orders: state.orders.set(orderId, { ...order, ...change(order), latestAt }) };
}

/** The quantities that came back, by line number, with those of another return added. */
export function withReturned(
  before: ImmutableMap<number, bigint>,
  lines: OrderReturnedData['lines'],
): ImmutableMap<number, bigint> {
  return lines.reduce(
    (sums, { lineNo, quantity }) => sums.update(lineNo, 0n, (sum) => sum + parseMicros(quantity)),
    before,
  );
}

/*
 * What makes two things with one id the same: all that a client says of it, but for the rate, which is mostly looked up.
 */

export function orderContent({ currency, channel, lines }: OrderPlacedData, placedAt: string): string {
  return contentHash({ channel, currency, lines, placedAt });
}

export function deliveryContent({ promisedAt, accurate }: OrderDeliveredData, deliveredAt: string): string {
  return contentHash({ deliveredAt, promisedAt, accurate });
}

export function cancellationContent({ reason }: Pick<OrderCancelledData, 'reason'>, cancelledAt: string): string {
  return contentHash({ cancelledAt, reason });
}

type ReturnContent = Pick<OrderReturnedData, 'orderId' | 'lines' | 'reason'>;

export function returnContent({ orderId, lines, reason }: ReturnContent, returnedAt: string): string {
  return contentHash({ orderId, returnedAt, lines, reason });
}

type CreditNoteContent = Omit<CreditNoteIssuedData, 'creditNoteId' | 'rate' | 'baseRevenue' | 'baseCost'>;

export function creditNoteContent(data: CreditNoteContent, issuedAt: string): string {
  const { currency, lines, orderId, returnId, reason } = data;
  return contentHash({ issuedAt, currency, lines, orderId, returnId, reason });
}
