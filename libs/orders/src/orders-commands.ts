import { normalizeInstant } from '#calendar';
import type { Command } from '#event-sourcing';
import { formatMicros } from '#money';
import { microsOf } from './order-amounts.js';
import type { CreditLine, OrderLine, ReturnedLine } from './orders.events.js';

/*
 * The commands as the decider gets them. Optional members may also be null, which says the same as leaving them out;
 * decimals may carry trailing zeros, quantities may be numbers.
 */

type Optional<Value> = Value | null | undefined;

interface GivenLine {
  readonly sku: string;
  readonly quantity: string | number;
  readonly unitPrice: string;
  readonly unitCost?: Optional<string>;
}

interface GivenOrderLine extends GivenLine {
  readonly discountAmount?: Optional<string>;
  readonly description?: Optional<string>;
}

/** The rate of a document: its own where the client gave one, else that of its day, looked up before it is decided. */
interface Rated {
  readonly currency: string;
  readonly rate?: Optional<string>;
  readonly rateOfDay?: string;
}

export type PlaceOrderCommand = Command<
  'place-order',
  Rated & {
    readonly orderId: string;
    readonly placedAt: string;
    readonly channel?: Optional<string>;
    readonly lines: readonly GivenOrderLine[];
  }
>;

export type DeliverOrderCommand = Command<
  'deliver-order',
  {
    readonly orderId: string;
    readonly deliveredAt: string;
    readonly promisedAt?: Optional<string>;
    readonly accurate?: Optional<boolean>;
  }
>;

export type CancelOrderCommand = Command<
  'cancel-order',
  { readonly orderId: string; readonly cancelledAt: string; readonly reason: string }
>;

export type ReturnOrderCommand = Command<
  'return-order',
  {
    readonly orderId: string;
    readonly returnId: string;
    readonly returnedAt: string;
    readonly lines: readonly { readonly lineNo: number; readonly quantity: string | number }[];
    readonly reason?: Optional<string>;
  }
>;

export type IssueCreditNoteCommand = Command<
  'issue-credit-note',
  Rated & {
    readonly creditNoteId: string;
    readonly issuedAt: string;
    readonly lines: readonly GivenLine[];
    readonly orderId?: Optional<string>;
    readonly returnId?: Optional<string>;
    readonly reason?: Optional<string>;
  }
>;

export type OrdersCommand =
  | PlaceOrderCommand
  | DeliverOrderCommand
  | CancelOrderCommand
  | ReturnOrderCommand
  | IssueCreditNoteCommand;

/** A member of an event, or none where there is nothing to say. */
export function given<Name extends string, Value>(
  name: Name,
  value: Optional<Value>,
): { readonly [N in Name]?: Value } {
  return value === null || value === undefined ? {} : ({ [name]: value } as { readonly [N in Name]: Value });
}

export function orderLines(lines: readonly GivenOrderLine[]): OrderLine[] {
  return lines.map((line, index) => ({
    lineNo: index + 1,
    sku: line.sku,
    quantity: plain(line.quantity),
    unitPrice: plain(line.unitPrice),
    ...given('discountAmount', plainOptional(line.discountAmount)),
    ...given('unitCost', plainOptional(line.unitCost)),
    ...given('description', line.description),
  }));
}

export function creditLines(lines: readonly GivenLine[]): CreditLine[] {
  return lines.map((line, index) => ({
    lineNo: index + 1,
    sku: line.sku,
    quantity: plain(line.quantity),
    unitPrice: plain(line.unitPrice),
    ...given('unitCost', plainOptional(line.unitCost)),
  }));
}

export function returnedLines(lines: ReturnOrderCommand['data']['lines']): ReturnedLine[] {
  return lines.map(({ lineNo, quantity }) => ({ lineNo, quantity: plain(quantity) }));
}

export function plainInstant(instant: Optional<string>): string | undefined {
  return instant === null || instant === undefined ? undefined : normalizeInstant(instant);
}

function plain(decimal: string | number): string {
  return formatMicros(microsOf(decimal));
}

function plainOptional(decimal: Optional<string>): string | undefined {
  return decimal === null || decimal === undefined ? undefined : plain(decimal);
}
