import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addMonths, formatInstant, ZonedCalendar } from '#calendar';
import type { DomainEvent } from '#event-sourcing';
import { parseMicros } from '#money';
import { orderTotals } from './order-days.js';
import { relationshipDecider } from './relationship.decider.js';
import { unmetGuards } from './stage-guards.js';

type AnyEvent = DomainEvent<string, object>;

const calendar = new ZonedCalendar('Asia/Shanghai');
const decider = relationshipDecider({ calendar });
const START = Date.parse('2025-01-01T00:00:00Z');

/** Hours since the start of 2025, none twice: of two facts at one instant the one recorded later counts. */
const hours = fc.uniqueArray(fc.integer({ min: 0, max: 18_000 }), { minLength: 2, maxLength: 60 });
const instant = (hour: number) => formatInstant(START + hour * 3_600_000);
const date = (hour: number) => instant(hour).slice(0, 10);

type Make = (id: string, first: number, second: number) => AnyEvent[];

function fact(type: string, hour: number, data: object): AnyEvent {
  return { type, data, occurredAt: instant(hour) };
}

/** Facts that belong together, dated at will. */
const MAKERS: readonly Make[] = [
  (orderId, first) => [fact('order-placed.v1', first, { orderId, baseRevenue: '10.5' })],
  (orderId, first, second) => [
    fact('order-placed.v1', first, { orderId, baseRevenue: '70' }),
    fact('order-cancelled.v1', Math.max(first, second), { orderId, placedAt: instant(first), baseRevenue: '-70' }),
  ],
  (creditNoteId, first) => [fact('credit-note-issued.v1', first, { creditNoteId, baseRevenue: '-40.25' })],
  (orderId, first) => [fact('order-returned.v1', first, { orderId, returnId: orderId, baseRevenue: '-3' })],
  (agreementId, first, second) => {
    const terms = [{ kind: first % 2 === 0 ? 'discount' : 'delivery' }];
    const [start, end] = [first, second].sort((a, b) => a - b).map(date);
    return [
      fact('agreement-signed.v1', first, { agreementId, start, end, terms }),
      ...(second % 3 === 0 ? [fact('agreement-lapsed.v1', second, { agreementId })] : []),
    ];
  },
  (planId, first) => [fact('plan-adopted.v1', first, { planId, objectives: [] })],
  (contactId, first, second) => [
    fact('contact-added.v1', first, { contactId, role: first % 2 === 0 ? 'user' : 'sponsor' }),
    second % 2 === 0
      ? fact('contact-departed.v1', second, { contactId })
      : fact('contact-changed.v1', second, { contactId, role: 'purchaser' }),
  ],
  (_, first) => [fact('account-appraised.v1', first, { criterion: 'potential', points: 1 + (first % 10) })],
];

const histories = fc
  .tuple(hours, fc.array(fc.integer({ min: 0, max: MAKERS.length - 1 }), { minLength: 30, maxLength: 30 }))
  .map(([times, kinds]) =>
    kinds.flatMap((kind, index) => {
      const [first, second] = times.slice(2 * index, 2 * index + 2);
      return first === undefined || second === undefined ? [] : (MAKERS[kind]?.(`id-${index}`, first, second) ?? []);
    }),
  );

/** A history, and the same facts as they might have been recorded in another order: an agreement lapses only once it is known. */
const recordedTwice = histories.chain((facts) =>
  fc.shuffledSubarray(facts, { minLength: facts.length, maxLength: facts.length }).map((shuffled) => {
    const isLapse = ({ type }: AnyEvent) => type === 'agreement-lapsed.v1';
    return { facts, shuffled: [...shuffled.filter((each) => !isLapse(each)), ...shuffled.filter(isLapse)] };
  }),
);

const factsOf = (events: readonly AnyEvent[]) =>
  events.reduce((state, event) => decider.evolve(state, event), decider.initial()).facts;

describe('the verdict of the guards', () => {
  it('does not depend on the order in which facts were recorded', () => {
    fc.assert(
      fc.property(recordedTwice, fc.integer({ min: 0, max: 19_000 }), ({ facts, shuffled }, hour) => {
        for (const stage of ['cooperative', 'interdependent', 'integrated'] as const) {
          const verdict = unmetGuards(stage, factsOf(facts), instant(hour), calendar);
          expect(unmetGuards(stage, factsOf(shuffled), instant(hour), calendar)).toEqual(verdict);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('does not depend on facts dated later', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 0, max: 19_000 }), (facts, hour) => {
        const known = facts.filter(({ occurredAt }) => occurredAt <= instant(hour));
        for (const stage of ['cooperative', 'interdependent', 'integrated'] as const) {
          const verdict = unmetGuards(stage, factsOf(facts), instant(hour), calendar);
          expect(unmetGuards(stage, factsOf(known), instant(hour), calendar)).toEqual(verdict);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('counts orders and revenue as a plain pass over the facts does', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 0, max: 19_000 }), (facts, hour) => {
        const at = instant(hour);
        const day = calendar.dayOfText(at);
        const first = addMonths(day, -12) + 1;
        const inWindow = facts.filter(
          ({ occurredAt }) => occurredAt <= at && calendar.dayOfText(occurredAt) >= first,
        ) as DomainEvent<string, { orderId?: string; baseRevenue?: string }>[];
        const gone = facts.filter(({ type, occurredAt }) => type === 'order-cancelled.v1' && occurredAt <= at);
        const orders = inWindow.filter(
          ({ type, data }) =>
            type === 'order-placed.v1' &&
            !gone.some((each) => (each.data as { orderId?: string }).orderId === data.orderId),
        );
        const revenue = inWindow.reduce((sum, { data }) => sum + parseMicros(data.baseRevenue ?? '0'), 0n);
        expect(orderTotals(factsOf(facts).orders, formatInstant(calendar.startOfDay(first)), at)).toEqual({
          orders: orders.length,
          revenue,
        });
      }),
      { numRuns: 300 },
    );
  });
});

describe('the fold', () => {
  it('gives the same object back for events that no guard asks about', () => {
    const state = decider.initial();
    for (const type of ['visit-logged.v1', 'order-delivered.v1', 'member-assigned.v1']) {
      expect(decider.evolve(state, fact(type, 0, {}))).toBe(state);
    }
    const attitude = fact('contact-changed.v1', 0, { contactId: 'c', attitude: 2 });
    expect(decider.evolve(state, attitude)).toBe(state);
    const fit = fact('account-appraised.v1', 0, { criterion: 'strategic-fit', points: 3 });
    expect(decider.evolve(state, fit)).toBe(state);
  });
});
