import { monthNumber, type ZonedCalendar } from '#calendar';
import { type Document, documents, type Projection } from '#event-sourcing';
import { cancelledOrder, dayOf, effectOf, MONEY_EVENTS } from './effects.js';

/** The fields that are summed up. Amounts stand in whole units and the millionths above them: their sums fit 64 bits. */
export const REVENUE_SUMS = [
  'orders',
  'creditNotes',
  'uncosted',
  'revenueUnits',
  'revenueMicros',
  'costUnits',
  'costMicros',
] as const;

export interface RevenueSums {
  /** Orders placed and not cancelled so far. */
  readonly orders: bigint;
  readonly creditNotes: bigint;
  /** Facts whose cost is not known. */
  readonly uncosted: bigint;
  /** Micros, as is `cost`. */
  readonly revenue: bigint;
  readonly cost: bigint;
}

const MICROS = 1_000_000n;

/** The ledger's revenue by day, as partials by logical partition. */
export function revenueDaysProjection(calendar: ZonedCalendar): Projection {
  return documents({
    name: 'revenue-days',
    version: 1,
    collection: {
      fields: {
        partition: 'integer',
        day: 'integer',
        month: 'integer',
        ...Object.fromEntries(REVENUE_SUMS.map((field) => [field, 'integer' as const])),
      },
      key: ['partition', 'day'],
    },
    events: MONEY_EVENTS,
    keys(event, partition) {
      const day = dayOf(event.metadata.occurredAt, calendar);
      const placed = cancelledOrder(event, calendar)?.placed;
      const days = placed === undefined || placed === day ? [day] : [day, placed];
      return days.map((each) => [BigInt(partition), BigInt(each)]);
    },
    fold(document, event, [partition, day]): Document {
      const before = revenueSums(document ?? {});
      const effect = effectOf(event, calendar);
      const own = BigInt(effect.day) === day;
      const gone = BigInt(cancelledOrder(event, calendar)?.placed ?? Number.MIN_SAFE_INTEGER) === day;
      const [revenue, cost] = own
        ? [before.revenue + effect.revenue, before.cost + effect.cost]
        : [before.revenue, before.cost];
      return {
        partition: partition ?? null,
        day: day ?? null,
        month: BigInt(monthNumber(Number(day))),
        orders: before.orders + (own ? BigInt(effect.orders) : 0n) - (gone ? 1n : 0n),
        creditNotes: before.creditNotes + (own ? BigInt(effect.creditNotes) : 0n),
        uncosted: before.uncosted + (own ? BigInt(effect.uncosted) : 0n),
        revenueUnits: wholeUnits(revenue),
        revenueMicros: revenue - wholeUnits(revenue) * MICROS,
        costUnits: wholeUnits(cost),
        costMicros: cost - wholeUnits(cost) * MICROS,
      };
    },
  });
}

/** What a document, or a sum of several, says. */
export function revenueSums(document: Document): RevenueSums {
  const sum = (field: (typeof REVENUE_SUMS)[number]) => BigInt((document[field] ?? 0n) as bigint);
  return {
    orders: sum('orders'),
    creditNotes: sum('creditNotes'),
    uncosted: sum('uncosted'),
    revenue: sum('revenueUnits') * MICROS + sum('revenueMicros'),
    cost: sum('costUnits') * MICROS + sum('costMicros'),
  };
}

/** The greatest whole number of units not above the amount. */
function wholeUnits(micros: bigint): bigint {
  const units = micros / MICROS;
  return micros < 0n && units * MICROS !== micros ? units - 1n : units;
}
