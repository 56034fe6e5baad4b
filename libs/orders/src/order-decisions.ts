import { type Decision, type Rejection, reject } from '#event-sourcing';
import { formatMicros } from '#money';
import { baseMicros, isBoundedTotal, plainRate } from './order-amounts.js';
import { orderedLine, unpackedLines, valueOfLines, valueOfParts } from './order-lines.js';
import { ORDER_CANCELLED, ORDER_DELIVERED, ORDER_PLACED, type OrderDeliveredData } from './orders.events.js';
import {
  type CancelOrderCommand,
  type DeliverOrderCommand,
  given,
  orderLines,
  type PlaceOrderCommand,
  placedOrder,
  plainInstant,
} from './orders-commands.js';
import {
  cancellationContent,
  deliveryContent,
  type OrderState,
  type OrdersState,
  orderContent,
} from './orders-state.js';

/** Same id again: nothing new with the same content, 409 `id-exists` with another. */
export function placeOrder({ data }: PlaceOrderCommand, state: OrdersState, baseCurrency: string): Decision {
  const { orderId, placedAt } = data;
  const rate = rateOfDocument(data, baseCurrency);
  if (typeof rate !== 'string') return rate;
  const lines = orderLines(data.lines);
  const known = state.orders.get(orderId);
  if (known !== undefined) {
    if (known.content === orderContent(placedOrder(data, rate, lines, '', undefined), placedAt)) return [];
    return reject('conflict', 'id-exists', `The account has an order ${orderId} with other content.`);
  }

  const values = lines.map(orderedLine);
  const overDiscounted = values.findIndex(({ amount }) => amount < 0n);
  if (overDiscounted >= 0) {
    return reject('rule', 'discount-too-large', `The discount of line ${overDiscounted + 1} exceeds its price.`, {
      lineNo: overDiscounted + 1,
    });
  }
  const { amount, cost, costed } = valueOfLines(values);
  const revenue = baseMicros(amount, rate);
  const baseCost = baseMicros(cost, rate);
  if (!isBoundedTotal(revenue) || !isBoundedTotal(baseCost)) return amountTooLarge(baseCurrency);
  const baseCostText = costed ? formatMicros(baseCost) : undefined;
  const placed = placedOrder(data, rate, lines, formatMicros(revenue), baseCostText);
  return [{ type: ORDER_PLACED, data: placed, occurredAt: placedAt }];
}

/** `onTime` compares instants: at the promised instant is on time. */
export function deliverOrder({ data }: DeliverOrderCommand, state: OrdersState): Decision {
  const { orderId, deliveredAt } = data;
  const order = state.orders.get(orderId);
  if (order === undefined) return orderNotFound(orderId);
  const promisedAt = plainInstant(data.promisedAt);
  const delivered: OrderDeliveredData = {
    orderId,
    ...given('promisedAt', promisedAt),
    ...given('accurate', data.accurate),
    ...(promisedAt !== undefined && { onTime: deliveredAt <= promisedAt }),
  };
  if (order.delivery !== undefined) {
    if (order.delivery.content === deliveryContent(delivered, deliveredAt)) return [];
    return reject('conflict', 'already-delivered', `The order ${orderId} was delivered at ${order.delivery.at}.`);
  }
  if (deliveredAt < order.placedAt) return beforeOrder(orderId, order);
  // A delivery before the cancellation may become known after it.
  if (order.cancellation !== undefined && order.cancellation.at <= deliveredAt) return orderCancelled(orderId, order);
  return [{ type: ORDER_DELIVERED, data: delivered, occurredAt: deliveredAt }];
}

/** Takes back what returns and credit notes have left of the order. */
export function cancelOrder({ data }: CancelOrderCommand, state: OrdersState): Decision {
  const { orderId, cancelledAt, reason } = data;
  const order = state.orders.get(orderId);
  if (order === undefined) return orderNotFound(orderId);
  if (order.cancellation !== undefined) {
    if (order.cancellation.content === cancellationContent(data, cancelledAt)) return [];
    return reject('conflict', 'already-cancelled', `The order ${orderId} was cancelled at ${order.cancellation.at}.`);
  }
  if (cancelledAt < order.placedAt) return beforeOrder(orderId, order);
  if (cancelledAt < order.latestAt) {
    return reject(
      'rule',
      'out-of-order',
      `The order ${orderId} was delivered, returned or credited at ${order.latestAt}, after the cancellation.`,
      { latestAt: order.latestAt },
    );
  }
  const lines = unpackedLines(order.lines);
  const returned = valueOfParts(lines, (lineNo) => order.returned.get(lineNo, 0n));
  const left = valueOfParts(lines, (lineNo, { quantity }) => quantity - order.returned.get(lineNo, 0n));
  const costLeft = baseMicros(valueOfLines(lines).cost, order.rate) - baseMicros(returned.cost, order.rate);
  const cancelled = {
    orderId,
    reason,
    placedAt: order.placedAt,
    baseRevenue: formatMicros(-order.left),
    ...(left.costed && { baseCost: formatMicros(-costLeft) }),
  };
  return [{ type: ORDER_CANCELLED, data: cancelled, occurredAt: cancelledAt }];
}

/** The rate that a document is booked at: its own, else that of its day. */
export function rateOfDocument(
  { currency, rate, rateOfDay }: { currency: string; rate?: string | null | undefined; rateOfDay?: string },
  baseCurrency: string,
): string | Rejection {
  const used = rate ?? rateOfDay ?? (currency === baseCurrency ? '1' : undefined);
  if (used === undefined) return reject('rule', 'rate-unknown', `No exchange rate of ${currency} is known.`);
  const plain = plainRate(used);
  if (currency === baseCurrency && plain !== '1') {
    return reject('rule', 'base-currency', `${currency} is the ledger's base currency: its rate is 1.`);
  }
  return plain;
}

export function amountTooLarge(baseCurrency: string): Rejection {
  return reject('rule', 'amount-too-large', `A document comes to less than 100000000000 ${baseCurrency}.`);
}

export function orderNotFound(orderId: string): Rejection {
  return reject('not-found', 'order-not-found', `The account has no order ${orderId}.`);
}

export function orderCancelled(orderId: string, order: OrderState): Rejection {
  return reject('rule', 'order-cancelled', `The order ${orderId} was cancelled at ${order.cancellation?.at}.`);
}

export function beforeOrder(orderId: string, { placedAt }: OrderState): Rejection {
  return reject('rule', 'out-of-order', `The order ${orderId} was placed only at ${placedAt}.`, { placedAt });
}
