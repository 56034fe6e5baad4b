import { linePicos, microsOf, partOfLine } from './order-amounts.js';
import type { OrderLine } from './orders.events.js';

/** What returns need of a line: amounts in picos of the order's currency. */
export interface OrderedLine {
  /** Micros. */
  readonly quantity: bigint;
  readonly amount: bigint;
  /** Of the whole line; null: not known. */
  readonly cost: bigint | null;
}

export function orderedLine({ quantity, unitPrice, discountAmount, unitCost }: OrderLine): OrderedLine {
  const micros = microsOf(quantity);
  return {
    quantity: micros,
    amount: linePicos(micros, microsOf(unitPrice), discountAmount === undefined ? 0n : microsOf(discountAmount)),
    cost: unitCost === undefined ? null : linePicos(micros, microsOf(unitCost)),
  };
}

/** What a document or a part of it comes to, in picos of its currency. */
export interface Value {
  readonly amount: bigint;
  /** Of the lines whose cost is known. */
  readonly cost: bigint;
  /** Whether the cost of every line is known. */
  readonly costed: boolean;
}

export function valueOfLines(lines: readonly OrderedLine[]): Value {
  return valueOfParts(lines, (_, { quantity }) => quantity);
}

/** The value of a part of each line. @param partOf micros out of the line with this number; 0 leaves the line out */
export function valueOfParts(
  lines: readonly OrderedLine[],
  partOf: (lineNo: number, line: OrderedLine) => bigint,
): Value {
  let [amount, cost, costed] = [0n, 0n, true];
  for (const [index, line] of lines.entries()) {
    const part = partOf(index + 1, line);
    if (part === 0n) continue;
    amount += partOfLine(line.amount, part, line.quantity);
    if (line.cost === null) costed = false;
    else cost += partOfLine(line.cost, part, line.quantity);
  }
  return { amount, cost, costed };
}

/**
 * Lines as one short text: a stream can hold 100,000 orders, whose lines are only looked at again when goods come back.
 */
export function packedLines(lines: readonly OrderLine[]): string {
  // JSON, written out: plain decimals have no character that JSON would escape.
  const packed = lines.map(({ quantity, unitPrice, discountAmount = '0', unitCost }) => {
    const cost = unitCost === undefined ? '' : `,"${unitCost}"`;
    return `["${quantity}","${unitPrice}","${discountAmount}"${cost}]`;
  });
  return `[${packed.join()}]`;
}

/** The lines of a text made by {@link packedLines}, from line 1 on. */
export function unpackedLines(packed: string): OrderedLine[] {
  const lines: [quantity: string, unitPrice: string, discountAmount: string, unitCost?: string][] = JSON.parse(packed);
  return lines.map(([quantity, unitPrice, discountAmount, unitCost], index) =>
    orderedLine({
      lineNo: index + 1,
      sku: '',
      quantity,
      unitPrice,
      discountAmount,
      ...(unitCost !== undefined && { unitCost }),
    }),
  );
}
