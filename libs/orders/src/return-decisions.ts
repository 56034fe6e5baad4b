import { type Decision, type Rejection, reject } from '#event-sourcing';
import { formatMicros } from '#money';
import { baseMicros, isBoundedTotal, linePicos, microsOf, plainRate } from './order-amounts.js';
import { amountTooLarge, beforeOrder, orderCancelled, orderNotFound, rateOfDocument } from './order-decisions.js';
import { type OrderedLine, unpackedLines, valueOfParts } from './order-lines.js';
import { CREDIT_NOTE_ISSUED, type CreditNoteIssuedData, ORDER_RETURNED, type ReturnedLine } from './orders.events.js';
import {
  creditLines,
  given,
  type IssueCreditNoteCommand,
  type ReturnOrderCommand,
  returnedLines,
} from './orders-commands.js';
import { creditNoteContent, type OrderState, type OrdersState, returnContent, withReturned } from './orders-state.js';

/**
 * Takes goods back. A return is worth what all returns of the order are worth with it less what they were worth without
 * it, each rounded once: so the returns of a whole order come to its revenue and its cost, however they were divided.
 */
export function returnOrder({ data }: ReturnOrderCommand, state: OrdersState): Decision {
  const { orderId, returnId, returnedAt } = data;
  const order = state.orders.get(orderId);
  if (order === undefined) return orderNotFound(orderId);
  const lines = returnedLines(data.lines);
  const returning = { orderId, returnId, lines, ...given('reason', data.reason) };
  const known = state.returns.get(returnId);
  if (known !== undefined) {
    if (known.content === returnContent(returning, returnedAt)) return [];
    return reject('conflict', 'id-exists', `The account has a return ${returnId} with other content.`);
  }
  if (returnedAt < order.placedAt) return beforeOrder(orderId, order);
  // Whatever its date: the cancellation has taken back all that was left.
  if (order.cancellation !== undefined) return orderCancelled(orderId, order);

  const ordered = unpackedLines(order.lines);
  const refusal = refusedLines(ordered, order, lines);
  if (refusal !== undefined) return refusal;
  const after = withReturned(order.returned, lines);
  const valueBefore = valueOfParts(ordered, (lineNo) => order.returned.get(lineNo, 0n));
  const valueAfter = valueOfParts(ordered, (lineNo) => after.get(lineNo, 0n));
  const costed = lines.every(({ lineNo }) => ordered[lineNo - 1]?.cost !== null);
  const revenue = baseMicros(valueBefore.amount, order.rate) - baseMicros(valueAfter.amount, order.rate);
  const cost = baseMicros(valueBefore.cost, order.rate) - baseMicros(valueAfter.cost, order.rate);
  const returned = {
    ...returning,
    baseRevenue: formatMicros(revenue),
    ...(costed && { baseCost: formatMicros(cost) }),
  };
  return [{ type: ORDER_RETURNED, data: returned, occurredAt: returnedAt }];
}

/** Lines that the order does not have, else those of which less is left than is to come back. */
function refusedLines(
  ordered: readonly OrderedLine[],
  order: OrderState,
  lines: readonly ReturnedLine[],
): Rejection | undefined {
  const unknown = lines.filter(({ lineNo }) => ordered[lineNo - 1] === undefined).map(({ lineNo }) => lineNo);
  if (unknown.length > 0) {
    return reject('not-found', 'line-not-found', `The order has no line ${unknown.join(', ')}.`, { lines: unknown });
  }
  const after = withReturned(order.returned, lines);
  const over = [...new Set(lines.map(({ lineNo }) => lineNo))].flatMap((lineNo) => {
    const quantity = ordered[lineNo - 1]?.quantity ?? 0n;
    const before = order.returned.get(lineNo, 0n);
    const all = after.get(lineNo, 0n);
    if (all <= quantity) return [];
    return [
      {
        lineNo,
        ordered: formatMicros(quantity),
        returned: formatMicros(before),
        left: formatMicros(quantity - before),
        requested: formatMicros(all - before),
      },
    ];
  });
  if (over.length === 0) return undefined;
  const first = over[0]?.lineNo;
  return reject('rule', 'over-return', `More than is left of line ${first} is to be returned.`, { lines: over });
}

/**
 * Credits an amount: on its own, on an order (at the order's rate, so in its currency), or for a return, whose value the
 * first credit note takes the place of; further ones of the same return add to it.
 */
export function issueCreditNote({ data }: IssueCreditNoteCommand, state: OrdersState, baseCurrency: string): Decision {
  const { creditNoteId, issuedAt, currency } = data;
  const returnId = data.returnId ?? undefined;
  const settled = returnId === undefined ? undefined : state.returns.get(returnId);
  const orderId = data.orderId ?? settled?.orderId;
  const lines = creditLines(data.lines);
  const credit = {
    creditNoteId,
    currency,
    lines,
    ...given('orderId', orderId),
    ...given('returnId', returnId),
    ...given('reason', data.reason),
  };
  const known = state.creditNotes.get(creditNoteId);
  if (known !== undefined) {
    if (known === creditNoteContent(credit, issuedAt)) return [];
    return reject('conflict', 'id-exists', `The account has a credit note ${creditNoteId} with other content.`);
  }

  const order = orderId === undefined ? undefined : state.orders.get(orderId);
  if (data.orderId && order === undefined) return orderNotFound(data.orderId);
  if (returnId !== undefined && settled === undefined) {
    return reject('not-found', 'return-not-found', `The account has no return ${returnId}.`);
  }
  if (settled !== undefined && settled.orderId !== orderId) {
    return reject('rule', 'return-of-another-order', `The return ${returnId} is one of the order ${settled.orderId}.`, {
      orderId: settled.orderId,
    });
  }
  if (order !== undefined && orderId !== undefined) {
    const refusal = refusedCredit(data, orderId, order);
    if (refusal !== undefined) return refusal;
  }
  if (settled !== undefined && issuedAt < settled.at) {
    return reject('rule', 'out-of-order', `The goods came back only at ${settled.at}.`, { returnedAt: settled.at });
  }

  const rate = order?.rate ?? rateOfDocument(data, baseCurrency);
  if (typeof rate !== 'string') return rate;
  const picos = lines.reduce(
    (sum, { quantity, unitPrice }) => sum + linePicos(microsOf(quantity), microsOf(unitPrice)),
    0n,
  );
  const amount = baseMicros(picos, rate);
  if (!isBoundedTotal(amount)) return amountTooLarge(baseCurrency);
  const replaced = settled === undefined || settled.settled ? 0n : settled.value;
  const issued: CreditNoteIssuedData = { ...credit, rate, baseRevenue: formatMicros(-amount - replaced) };
  return [{ type: CREDIT_NOTE_ISSUED, data: issued, occurredAt: issuedAt }];
}

function refusedCredit(
  { currency, issuedAt, rate }: IssueCreditNoteCommand['data'],
  orderId: string,
  order: OrderState,
): Rejection | undefined {
  if (issuedAt < order.placedAt) return beforeOrder(orderId, order);
  // Whatever its date: the cancellation has taken back all that was left.
  if (order.cancellation !== undefined) return orderCancelled(orderId, order);
  if (currency !== order.currency) {
    return reject('rule', 'currency-mismatch', `The order ${orderId} is in ${order.currency}.`, {
      currency: order.currency,
    });
  }
  if (rate && plainRate(rate) !== order.rate) {
    return reject('rule', 'rate-mismatch', `A credit on the order ${orderId} is booked at its rate ${order.rate}.`, {
      rate: order.rate,
    });
  }
  return undefined;
}
