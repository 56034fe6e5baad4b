import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsIn, IsOptional } from 'class-validator';
import type { Document, ReadStore, Sort } from '#event-sourcing';
import {
  ACCOUNT_DIRECTORY,
  type AccountDirectory,
  checkAccount,
  defineQuery,
  IsIdentifier,
  LEDGER_SETTINGS,
  LedgerQuery,
  type LedgerSettings,
  type ListAnswer,
  ListParameters,
  ListQuery,
  notFound,
  READ_STORE,
  storedList,
} from '#platform';
import { type OrderStatus, ordersProjection } from './projections/orders.projection.js';

const STATUSES: readonly OrderStatus[] = ['placed', 'delivered', 'partly-returned', 'returned', 'cancelled'];

export class OrdersParameters extends ListParameters {
  @IsIdentifier()
  accountId!: string;

  @IsOptional()
  @IsIn(STATUSES)
  status?: OrderStatus;
}

export class OrderParameters {
  @IsIdentifier()
  accountId!: string;

  @IsIdentifier()
  orderId!: string;
}

export interface OrderItem {
  readonly orderId: string;
  readonly placedAt: string;
  readonly channel: string | null;
  readonly currency: string;
  /** As ordered, in the order's currency. */
  readonly amount: string;
  /** As ordered, in the base currency. */
  readonly baseRevenue: string;
  /** What returns, credit notes and a cancellation left of it, in the base currency. */
  readonly netRevenue: string;
  readonly status: OrderStatus;
  readonly lineCount: number;
}

/** An order with its lines and all that happened to it, as projections/orders.projection.ts has them. */
export type OrderAnswer = { readonly accountId: string } & OrderItem &
  Pick<Document, 'rate' | 'baseCost' | 'lines' | 'delivery' | 'returns' | 'creditNotes' | 'cancellation'>;

export class OrdersQuery extends ListQuery<OrdersParameters, OrderItem> {}
export class OrderQuery extends LedgerQuery<OrderParameters, OrderAnswer> {}

const ITEM_EXAMPLE = {
  orderId: 'so-2026-1017',
  placedAt: '2026-04-12T02:00:00.000Z',
  channel: 'sales-app',
  currency: 'CNY',
  amount: '3882',
  baseRevenue: '3882',
  netRevenue: '3835',
  status: 'partly-returned',
  lineCount: 2,
};

export const orders = defineQuery({
  summary: 'The orders of an account, newest first',
  permission: 'read-models',
  parameters: OrdersParameters,
  query: OrdersQuery,
  form: 'list',
  example: ITEM_EXAMPLE,
});

export const order = defineQuery({
  summary: 'An order with its lines, delivery, returns, credit notes and cancellation',
  permission: 'read-models',
  parameters: OrderParameters,
  query: OrderQuery,
  form: 'object',
  example: {
    accountId: 'acme',
    ...ITEM_EXAMPLE,
    rate: '1',
    baseCost: '2563.5',
    lines: [
      {
        lineNo: 1,
        sku: 'PUMP-40',
        quantity: '3',
        unitPrice: '1250',
        discountAmount: '150',
        unitCost: '810.5',
        returned: '0',
      },
      { lineNo: 2, sku: 'SEAL-7', quantity: '120', unitPrice: '2.35', unitCost: '1.1', returned: '20' },
    ],
    delivery: {
      deliveredAt: '2026-04-18T07:20:00.000Z',
      promisedAt: '2026-04-20T10:00:00.000Z',
      onTime: true,
      accurate: true,
    },
    returns: [
      {
        returnId: 'ret-2026-88',
        returnedAt: '2026-05-03T03:00:00.000Z',
        lines: [{ lineNo: 2, quantity: '20' }],
        reason: 'Wrong size',
        baseRevenue: '-47',
        baseCost: '-22',
      },
    ],
    creditNotes: [],
    cancellation: null,
  },
});

/** Newest orders first; of the same instant the greater id first. */
const NEWEST: readonly Sort[] = [
  { field: 'placedAt', direction: 'desc' },
  { field: 'orderId', direction: 'desc' },
];

@QueryHandler(OrdersQuery)
export class OrdersHandler implements IQueryHandler<OrdersQuery> {
  constructor(
    @Inject(READ_STORE) private readonly readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
    @Inject(ACCOUNT_DIRECTORY) private readonly directory: AccountDirectory,
  ) {}

  async execute({ parameters: { accountId, status }, reader }: OrdersQuery): Promise<ListAnswer<OrderItem>> {
    await checkAccount(this.directory, this.settings, accountId, reader);
    const { collection } = ordersProjection;
    const order = {
      filter: { accountId: { eq: accountId }, ...(status !== undefined && { status: { eq: status } }) },
      sort: NEWEST,
      columns: Object.keys(orders.example),
    };
    return storedList(this.readStore, collection, order, orderItem);
  }
}

@QueryHandler(OrderQuery)
export class OrderHandler implements IQueryHandler<OrderQuery> {
  constructor(@Inject(READ_STORE) private readonly readStore: ReadStore) {}

  /** @throws Problem 404 `order-not-found` */
  async execute({ parameters: { accountId, orderId } }: OrderQuery): Promise<OrderAnswer> {
    const [stored] = await this.readStore.getMany(ordersProjection.collection.name, [[accountId, orderId]]);
    if (stored === undefined) throw notFound('order-not-found', `The account ${accountId} has no order ${orderId}.`);
    const { rate, baseCost, lines, delivery, returns, creditNotes, cancellation } = stored.document;
    return {
      accountId,
      ...orderItem(stored.document),
      rate,
      baseCost,
      lines,
      delivery,
      returns,
      creditNotes,
      cancellation,
    } as OrderAnswer;
  }
}

function orderItem(row: Document): OrderItem {
  return {
    orderId: String(row.orderId),
    placedAt: String(row.placedAt),
    channel: row.channel as string | null,
    currency: String(row.currency),
    amount: String(row.amount),
    baseRevenue: String(row.baseRevenue),
    netRevenue: String(row.netRevenue),
    status: row.status as OrderStatus,
    lineCount: Number(row.lineCount),
  };
}
