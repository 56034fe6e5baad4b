import { type Document, type DocumentProjection, documents, type ProjectedEvent, subjectIdOf } from '#event-sourcing';
import { formatMicros, parseMicros } from '#money';
import { amountText } from '../order-amounts.js';
import { orderedLine, valueOfLines } from '../order-lines.js';
import {
  CREDIT_NOTE_ISSUED,
  type CreditNoteIssuedData,
  ORDER_CANCELLED,
  ORDER_DELIVERED,
  ORDER_PLACED,
  ORDER_RETURNED,
  type OrderCancelledData,
  type OrderDeliveredData,
  type OrderLine,
  type OrderPlacedData,
  type OrderReturnedData,
} from '../orders.events.js';
import { creditedAmount } from './credit-notes.projection.js';

export type OrderStatus = 'placed' | 'delivered' | 'partly-returned' | 'returned' | 'cancelled';

/** A line of an order with how much of it came back. */
export type OrderLineWithReturns = OrderLine & { readonly returned: string };

/** One document an order, with all that happened to it. */
export const ordersProjection: DocumentProjection = documents({
  name: 'orders',
  version: 1,
  collection: {
    fields: {
      accountId: 'text',
      orderId: 'text',
      placedAt: 'text',
      currency: 'text',
      rate: 'text',
      channel: 'text',
      amount: 'text',
      baseRevenue: 'text',
      baseCost: 'text',
      netRevenue: 'text',
      status: 'text',
      lineCount: 'integer',
      lines: 'json',
      delivery: 'json',
      returns: 'json',
      creditNotes: 'json',
      cancellation: 'json',
    },
    key: ['accountId', 'orderId'],
    indexes: [['accountId', 'placedAt', 'orderId']],
  },
  events: [ORDER_PLACED, ORDER_DELIVERED, ORDER_RETURNED, ORDER_CANCELLED, CREDIT_NOTE_ISSUED],
  keys(event) {
    const { orderId } = event.data;
    return typeof orderId === 'string' ? [[subjectIdOf(event), orderId]] : [];
  },
  fold(document, event): Document {
    if (event.type === ORDER_PLACED) return placed(event);
    if (document === undefined) throw new Error(`no order ${String(event.data.orderId)} in ${event.stream}`);
    switch (event.type) {
      case ORDER_DELIVERED:
        return delivered(document, event);
      case ORDER_RETURNED:
        return returned(document, event);
      case ORDER_CANCELLED:
        return cancelled(document, event);
      default:
        return credited(document, event);
    }
  },
});

function placed(event: ProjectedEvent): Document {
  const data = event.data as unknown as OrderPlacedData;
  const lines: OrderLineWithReturns[] = data.lines.map((line) => ({ ...line, returned: '0' }));
  return {
    accountId: subjectIdOf(event),
    orderId: data.orderId,
    placedAt: event.metadata.occurredAt,
    currency: data.currency,
    rate: data.rate,
    channel: data.channel ?? null,
    amount: amountText(valueOfLines(data.lines.map(orderedLine)).amount),
    baseRevenue: data.baseRevenue,
    baseCost: data.baseCost ?? null,
    netRevenue: data.baseRevenue,
    status: 'placed' satisfies OrderStatus,
    lineCount: BigInt(data.lines.length),
    lines,
    delivery: null,
    returns: [],
    creditNotes: [],
    cancellation: null,
  };
}

function delivered(document: Document, { data, metadata }: ProjectedEvent): Document {
  const { promisedAt, onTime, accurate } = data as unknown as OrderDeliveredData;
  const delivery = {
    deliveredAt: metadata.occurredAt,
    promisedAt: promisedAt ?? null,
    onTime: onTime ?? null,
    accurate: accurate ?? null,
  };
  return withStatus({ ...document, delivery });
}

function returned(document: Document, { data, metadata }: ProjectedEvent): Document {
  const { returnId, lines, reason, baseRevenue, baseCost } = data as unknown as OrderReturnedData;
  const quantities = new Map<number, bigint>();
  for (const { lineNo, quantity } of lines) {
    quantities.set(lineNo, (quantities.get(lineNo) ?? 0n) + parseMicros(quantity));
  }
  const entry = {
    returnId,
    returnedAt: metadata.occurredAt,
    lines,
    reason: reason ?? null,
    baseRevenue,
    baseCost: baseCost ?? null,
  };
  return withStatus({
    ...document,
    netRevenue: sum(document.netRevenue, baseRevenue),
    lines: (document.lines as unknown as readonly OrderLineWithReturns[]).map((line) => {
      const quantity = quantities.get(line.lineNo);
      return quantity === undefined ? line : { ...line, returned: sum(line.returned, formatMicros(quantity)) };
    }),
    returns: [...(document.returns as readonly object[]), entry] as Document['returns'] & object,
  });
}

function credited(document: Document, { data, metadata }: ProjectedEvent): Document {
  const { creditNoteId, returnId, reason, lines, baseRevenue } = data as unknown as CreditNoteIssuedData;
  const entry = {
    creditNoteId,
    issuedAt: metadata.occurredAt,
    amount: creditedAmount(lines),
    returnId: returnId ?? null,
    reason: reason ?? null,
    baseRevenue,
  };
  return {
    ...document,
    netRevenue: sum(document.netRevenue, baseRevenue),
    creditNotes: [...(document.creditNotes as readonly object[]), entry] as Document['creditNotes'] & object,
  };
}

function cancelled(document: Document, { data, metadata }: ProjectedEvent): Document {
  const { reason, baseRevenue } = data as unknown as OrderCancelledData;
  return withStatus({
    ...document,
    netRevenue: sum(document.netRevenue, baseRevenue),
    cancellation: { cancelledAt: metadata.occurredAt, reason, baseRevenue },
  });
}

function withStatus(document: Document): Document {
  return { ...document, status: statusOf(document) };
}

function statusOf({ cancellation, delivery, lines }: Document): OrderStatus {
  if (cancellation !== null) return 'cancelled';
  const all = lines as unknown as readonly OrderLineWithReturns[];
  if (all.every((line) => line.returned === line.quantity)) return 'returned';
  if (all.some((line) => line.returned !== '0')) return 'partly-returned';
  return delivery === null ? 'placed' : 'delivered';
}

function sum(before: Document[string] | undefined, change: string): string {
  return formatMicros(parseMicros(String(before)) + parseMicros(change));
}
