import type { ZonedCalendar } from '#calendar';
import { type Projection, runningTotals, subjectIdOf } from '#event-sourcing';
import { ORDER_DELIVERED, type OrderDeliveredData } from '../orders.events.js';
import { dayOf } from './effects.js';

/** Running totals of an account's deliveries by their day: with a promise, on time, with a verdict, accurate. */
export function deliveriesProjection(calendar: ZonedCalendar): Projection {
  return runningTotals({
    name: 'deliveries',
    version: 1,
    events: [ORDER_DELIVERED],
    subject: 'accountId',
    totals: ['promised', 'onTime', 'judged', 'accurate'],
    subjectOf: subjectIdOf,
    postings({ data, metadata }) {
      const { onTime, accurate } = data as unknown as OrderDeliveredData;
      if (onTime === undefined && accurate === undefined) return [];
      const amounts = {
        promised: onTime === undefined ? 0n : 1n,
        onTime: onTime === true ? 1n : 0n,
        judged: accurate === undefined ? 0n : 1n,
        accurate: accurate === true ? 1n : 0n,
      };
      return [{ day: dayOf(metadata.occurredAt, calendar), amounts }];
    },
  });
}
