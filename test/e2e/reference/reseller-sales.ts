import { csvRows } from './csv.js';
import { Fraction } from './fraction.js';

/** A line of an order of AdventureWorks' resellers. */
export interface ResellerLine {
  readonly accountId: string;
  readonly orderId: string;
  readonly day: string;
  /** Quantity × price less discount. */
  readonly revenue: Fraction;
  /** Quantity × cost of one. */
  readonly cost: Fraction;
}

/**
 * The file's prices and costs carry the noise of binary fractions: they have four decimals. A line tells its cost as a
 * whole, and what one piece costs is rounded to four decimals too.
 */
export function resellerLines(orderLines: string): ResellerLine[] {
  return csvRows(orderLines).map((row) => {
    const money = (column: string) => Fraction.parse(row[column] ?? '');
    const quantity = money('OrderQuantity');
    const unitCost = money('TotalProductCost').over(quantity).round(4);
    return {
      accountId: row.ResellerKey ?? '',
      orderId: row.SalesOrderNumber ?? '',
      day: row.OrderDate ?? '',
      revenue: quantity.times(money('UnitPrice').round(4)).minus(money('DiscountAmount').round(4)),
      cost: quantity.times(unitCost),
    };
  });
}
