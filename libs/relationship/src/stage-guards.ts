import { addMonths, formatDate, formatInstant, monthNumber, type ZonedCalendar } from '#calendar';
import { formatMicros } from '#money';
import {
  type BuyingCentre,
  type Commitments,
  commitmentTotals,
  type PotentialAppraisals,
  potentialAt,
  rolesPresent,
} from './dated-facts.js';
import { type OrderDays, orderTotals } from './order-days.js';
import type { Stage, UnmetGuard } from './relationship.events.js';

/** What the stages ask for (formulas.md, "Relationship stages"): the defaults of what a versioned setting may replace. */
export const DEFAULT_STAGE_REQUIREMENTS = {
  cooperative: {
    /** The window of both: `(day − months, day]`. */
    months: 12,
    /** At least so many orders placed and not cancelled. */
    orders: 3,
    /** More revenue than this, in micros of the base currency. */
    revenueAbove: 0n,
  },
  interdependent: {
    agreementsInForce: 1,
    /** Different roles among the contacts present. */
    buyingCentreRoles: 2,
    /** Points of `appraisal:potential`. */
    potential: 6,
  },
  integrated: {
    jointPlans: 1,
    specialTermsInForce: 1,
    /** Whole months since the account last became cooperative from exploratory or disintegrating. */
    monthsSinceCooperative: 12,
  },
} as const;

/** The names of the guards: part of the API, whatever the thresholds. */
export type GuardId =
  | 'orders-in-12-months'
  | 'revenue-in-12-months'
  | 'agreement-in-force'
  | 'buying-centre-roles'
  | 'potential-appraisal'
  | 'joint-plan'
  | 'special-term-in-force'
  | 'months-since-cooperative';

/** All that guards look at, with the dates on which it was so. */
export interface GuardFacts {
  readonly orders: OrderDays;
  readonly contacts: BuyingCentre;
  readonly commitments: Commitments;
  readonly appraisals: PotentialAppraisals;
  /**
   * When the account last became cooperative from exploratory or disintegrating. Going back from interdependent to
   * cooperative does not begin anew: it has been cooperative all along.
   */
  readonly cooperativeSince?: string;
}

/**
 * The guards of a stage's entry that facts dated up to an instant do not meet: all of them, in the order of formulas.md.
 * Stages that are entered without a guard have none.
 *
 * @param at the instant of the entry: UTC, milliseconds
 */
export function unmetGuards(to: Stage, facts: GuardFacts, at: string, calendar: ZonedCalendar): UnmetGuard[] {
  switch (to) {
    case 'cooperative':
      return cooperativeGuards(facts, at, calendar);
    case 'interdependent':
      return interdependentGuards(facts, at, calendar);
    case 'integrated':
      return integratedGuards(facts, at, calendar);
    default:
      return [];
  }
}

function cooperativeGuards({ orders }: GuardFacts, at: string, calendar: ZonedCalendar): UnmetGuard[] {
  const required = DEFAULT_STAGE_REQUIREMENTS.cooperative;
  const firstDay = addMonths(calendar.dayOfText(at), -required.months) + 1;
  const totals = orderTotals(orders, formatInstant(calendar.startOfDay(firstDay)), at);
  return [
    ...atLeast('orders-in-12-months', required.orders, totals.orders),
    ...unless(totals.revenue > required.revenueAbove, {
      guard: 'revenue-in-12-months',
      required: `> ${formatMicros(required.revenueAbove)}`,
      actual: formatMicros(totals.revenue),
    }),
  ];
}

function interdependentGuards(facts: GuardFacts, at: string, calendar: ZonedCalendar): UnmetGuard[] {
  const required = DEFAULT_STAGE_REQUIREMENTS.interdependent;
  const { agreements } = commitmentTotals(facts.commitments, formatDate(calendar.dayOfText(at)), at);
  return [
    ...atLeast('agreement-in-force', required.agreementsInForce, agreements),
    ...atLeast('buying-centre-roles', required.buyingCentreRoles, rolesPresent(facts.contacts, at)),
    ...atLeast('potential-appraisal', required.potential, potentialAt(facts.appraisals, at)),
  ];
}

function integratedGuards(facts: GuardFacts, at: string, calendar: ZonedCalendar): UnmetGuard[] {
  const required = DEFAULT_STAGE_REQUIREMENTS.integrated;
  const day = calendar.dayOfText(at);
  const { plans, specialTerms } = commitmentTotals(facts.commitments, formatDate(day), at);
  const { cooperativeSince } = facts;
  const months = cooperativeSince === undefined ? null : wholeMonths(calendar.dayOfText(cooperativeSince), day);
  return [
    ...atLeast('joint-plan', required.jointPlans, plans),
    ...atLeast('special-term-in-force', required.specialTermsInForce, specialTerms),
    ...atLeast('months-since-cooperative', required.monthsSinceCooperative, months),
  ];
}

function atLeast(guard: GuardId, required: number, actual: number | null): UnmetGuard[] {
  return unless(actual !== null && actual >= required, { guard, required, actual });
}

function unless(met: boolean, unmet: UnmetGuard & { readonly guard: GuardId }): UnmetGuard[] {
  return met ? [] : [unmet];
}

/** The greatest number of calendar months after which the later day has been reached. */
function wholeMonths(from: number, to: number): number {
  const months = monthNumber(to) - monthNumber(from);
  return addMonths(from, months) <= to ? months : months - 1;
}
