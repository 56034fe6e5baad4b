import { normalizeInstant } from '#calendar';
import type { Command } from '#event-sourcing';
import { plainMicros } from './order-amounts.js';
import type { CreditLine, OrderLine, OrderPlacedData, ReturnedLine } from './orders.events.js';

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

/**
 * An event's members are put in one by one, by name, in the order in which they are stored: sorting them costs more than
 * all else here, and so do spreads behind other members.
 */
type Draft<Data> = { -readonly [Name in keyof Data]?: Data[Name] };

export function orderLines(lines: readonly GivenOrderLine[]): OrderLine[] {
  return lines.map(({ description, discountAmount, quantity, sku, unitCost, unitPrice }, index) => {
    const line: Draft<OrderLine> = {};
    if (isGiven(description)) line.description = description;
    if (isGiven(discountAmount)) line.discountAmount = plainMicros(discountAmount);
    line.lineNo = index + 1;
    line.quantity = plainMicros(quantity);
    line.sku = sku;
    if (isGiven(unitCost)) line.unitCost = plainMicros(unitCost);
    line.unitPrice = plainMicros(unitPrice);
    return line as OrderLine;
  });
}

/** What was ordered, with its value in the base currency; without `baseCost` where a cost is not known. */
export function placedOrder(
  { channel, currency, orderId }: PlaceOrderCommand['data'],
  rate: string,
  lines: readonly OrderLine[],
  baseRevenue: string,
  baseCost: string | undefined,
): OrderPlacedData {
  const placed: Draft<OrderPlacedData> = {};
  if (baseCost !== undefined) placed.baseCost = baseCost;
  placed.baseRevenue = baseRevenue;
  if (isGiven(channel)) placed.channel = channel;
  placed.currency = currency;
  placed.lines = lines;
  placed.orderId = orderId;
  placed.rate = rate;
  return placed as OrderPlacedData;
}

export function creditLines(lines: readonly GivenLine[]): CreditLine[] {
  return lines.map((line, index) => ({
    lineNo: index + 1,
    quantity: plainMicros(line.quantity),
    sku: line.sku,
    ...(isGiven(line.unitCost) && { unitCost: plainMicros(line.unitCost) }),
    unitPrice: plainMicros(line.unitPrice),
  }));
}

export function returnedLines(lines: ReturnOrderCommand['data']['lines']): ReturnedLine[] {
  return lines.map(({ lineNo, quantity }) => ({ lineNo, quantity: plainMicros(quantity) }));
}

export function plainInstant(instant: Optional<string>): string | undefined {
  return instant === null || instant === undefined ? undefined : normalizeInstant(instant);
}

function isGiven<Value>(value: Optional<Value>): value is Value {
  return value !== null && value !== undefined;
}
