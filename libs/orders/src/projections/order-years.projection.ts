import { civilDate, type ZonedCalendar } from '#calendar';
import { type Document, documents, type Projection, subjectIdOf } from '#event-sourcing';
import { type CancelledOrders, type OrderDays, type OrderYear, withCancelled, withEffect } from '../order-years.js';
import { cancelledOrder, dayOf, effectOf, MONEY_EVENTS } from './effects.js';

/** One document an account and calendar year in the ledger's zone: see order-years.ts. */
export function orderYearsProjection(calendar: ZonedCalendar): Projection {
  return documents({
    name: 'order-years',
    version: 1,
    collection: {
      fields: { accountId: 'text', year: 'integer', days: 'json', cancelled: 'json' },
      key: ['accountId', 'year'],
    },
    events: MONEY_EVENTS,
    keys(event) {
      const accountId = subjectIdOf(event);
      const year = yearOf(dayOf(event.metadata.occurredAt, calendar));
      const placed = cancelledOrder(event, calendar)?.placed;
      // An order of another year leaves the count of that year.
      const years = placed === undefined || yearOf(placed) === year ? [year] : [year, yearOf(placed)];
      return years.map((each) => [accountId, BigInt(each)]);
    },
    fold(document, event, [accountId, year]): Document {
      const before = { days: (document?.days ?? []) as OrderDays, cancelled: cancelledIn(document) };
      const effect = effectOf(event, calendar);
      const gone = cancelledOrder(event, calendar);
      const days = yearOf(effect.day) === Number(year) ? withEffect(before.days, effect) : before.days;
      const cancelled =
        gone !== undefined && yearOf(gone.placed) === Number(year)
          ? withCancelled(before.cancelled, gone)
          : before.cancelled;
      return {
        accountId: accountId ?? null,
        year: year ?? null,
        days,
        cancelled: cancelled.length === 0 ? null : cancelled,
      };
    },
  });
}

/** The fields to be given as their texts to {@link orderYearOf}. */
export const ORDER_YEAR_TEXTS = ['days'] as const;

/** @param document with {@link ORDER_YEAR_TEXTS} */
export function orderYearOf(document: Document): OrderYear {
  return {
    year: Number(document.year),
    days: String(document.days),
    cancelled: cancelledIn(document),
  };
}

function cancelledIn(document: Document | undefined): CancelledOrders {
  return (document?.cancelled ?? []) as CancelledOrders;
}

function yearOf(day: number): number {
  return civilDate(day).year;
}
