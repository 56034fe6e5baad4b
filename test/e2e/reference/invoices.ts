import { csvRows } from './csv.js';
import { Fraction, ZERO } from './fraction.js';

/** One row of the roll-up that comes with Online Retail: an invoice of a known customer. */
export interface Invoice {
  readonly customerId: string;
  readonly type: 'order' | 'credit-note';
  /** The day of its earliest line. */
  readonly day: string;
  /** Of a credit note negative. */
  readonly amount: Fraction;
}

export function invoicesOf(rollUp: string): Invoice[] {
  return csvRows(rollUp)
    .filter(({ customerId }) => customerId !== '')
    .map(({ customerId = '', type, firstTimestamp = '', amount = '' }) => ({
      customerId,
      type: type === 'ORDER' ? ('order' as const) : ('credit-note' as const),
      day: firstTimestamp.slice(0, 10),
      amount: Fraction.parse(amount),
    }));
}

/** What a customer's invoices come to. */
export interface CustomerSums {
  readonly customerId: string;
  readonly net: Fraction;
  readonly orders: number;
  /** Day of the last order; credit notes are no activity. */
  readonly lastOrder: string | null;
}

/** Of all invoices up to the end of a day: the customers by net, the greatest first, ties by id. */
export function customersByNet(invoices: readonly Invoice[], asOf: string): CustomerSums[] {
  const customers = new Map<string, CustomerSums>();
  for (const { customerId, type, day, amount } of invoices) {
    if (day > asOf) continue;
    const known = customers.get(customerId) ?? { customerId, net: ZERO, orders: 0, lastOrder: null };
    const isOrder = type === 'order';
    customers.set(customerId, {
      customerId,
      net: known.net.plus(amount),
      orders: known.orders + (isOrder ? 1 : 0),
      lastOrder: isOrder && day > (known.lastOrder ?? '') ? day : known.lastOrder,
    });
  }
  return [...customers.values()].sort((a, b) => b.net.compare(a.net) || (a.customerId < b.customerId ? -1 : 1));
}
