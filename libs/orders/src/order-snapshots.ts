import { Map as ImmutableMap } from 'immutable';
import type { JsonValue, SnapshotForm, ValueForm } from '#event-sourcing';
import type { Done, OrderState, OrdersState, ReturnState } from './orders-state.js';

/** How orders stand in snapshots: as arrays, short because there may be 100,000 of them. */
export const orderForm: ValueForm<OrderState> = {
  write({ content, placedAt, currency, rate, lines, left, latestAt, returned, delivery, cancellation }) {
    const seldom = [
      latestAt === placedAt ? null : latestAt,
      [...returned].map(([lineNo, quantity]) => [lineNo, String(quantity)]),
      writtenDone(delivery),
      writtenDone(cancellation),
    ];
    const placed = [content, placedAt, currency, rate, JSON.parse(lines) as JsonValue, String(left)];
    return latestAt === placedAt && returned.isEmpty() && !delivery && !cancellation ? placed : [...placed, ...seldom];
  },
  read(json) {
    const [content, placedAt, currency, rate, lines, left, latestAt, returned, delivery, cancellation] =
      json as WrittenOrder;
    return {
      content,
      placedAt,
      currency,
      rate,
      lines: JSON.stringify(lines),
      left: BigInt(left),
      latestAt: latestAt ?? placedAt,
      returned: ImmutableMap(returned?.map(([lineNo, quantity]) => [lineNo, BigInt(quantity)])),
      ...(delivery && { delivery: doneOf(delivery) }),
      ...(cancellation && { cancellation: doneOf(cancellation) }),
    };
  },
};

type WrittenDone = readonly [at: string, content: string];

type WrittenOrder = readonly [
  content: string,
  placedAt: string,
  currency: string,
  rate: string,
  lines: JsonValue,
  left: string,
  latestAt?: string | null,
  returned?: readonly (readonly [lineNo: number, quantity: string])[],
  delivery?: WrittenDone | null,
  cancellation?: WrittenDone | null,
];

function writtenDone(done: Done | undefined): WrittenDone | null {
  return done === undefined ? null : [done.at, done.content];
}

function doneOf([at, content]: WrittenDone): Done {
  return { at, content };
}

export const returnForm: ValueForm<ReturnState> = {
  write: ({ at, content, orderId, value, settled }) => [at, content, orderId, String(value), settled],
  read(json) {
    const [at, content, orderId, value, settled] = json as [string, string, string, string, boolean];
    return { at, content, orderId, value: BigInt(value), settled };
  },
};

export const ordersSnapshot: SnapshotForm<OrdersState> = {
  write: () => null,
  read: (_, { orders, returns, creditNotes }, part) => ({
    orders: part(orders),
    returns: part(returns),
    creditNotes: part(creditNotes),
  }),
};
