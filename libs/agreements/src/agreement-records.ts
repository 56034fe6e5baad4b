import { formatDate, formatInstant, type ZonedCalendar } from '#calendar';
import type { Document, Filter, JsonArray, ReadStore } from '#event-sourcing';
import { inForceOn } from './agreements.events.js';
import { agreementsProjection } from './projections/agreements.projection.js';
import { jointPlansProjection } from './projections/joint-plans.projection.js';

/** A day in the ledger's zone as the read models are asked about it: facts up to its last instant count. */
export interface AsOf {
  /** `YYYY-MM-DD` */
  readonly date: string;
  /** The day's last instant: UTC, milliseconds. */
  readonly until: string;
}

export function asOfDay(calendar: ZonedCalendar, day: number): AsOf {
  return { date: formatDate(day), until: formatInstant(calendar.endOfDay(day)) };
}

/** An agreement as it was at the end of a day. */
export interface AgreementRecord {
  readonly accountId: string;
  readonly agreementId: string;
  /** Instant: UTC, milliseconds. */
  readonly signedAt: string;
  readonly start: string;
  readonly end: string;
  readonly inForce: boolean;
  /** Null when it had not lapsed by then. */
  readonly lapsedAt: string | null;
  readonly lapseReason: string | null;
  readonly terms: JsonArray;
}

/** A joint plan. */
export interface PlanRecord {
  readonly accountId: string;
  readonly planId: string;
  /** Instant: UTC, milliseconds. */
  readonly adoptedAt: string;
  readonly objectives: JsonArray;
}

/** The agreements signed by the day that meet the filter, each as it was then; in the collection's order. */
export async function agreementsAsOf(readStore: ReadStore, filter: Filter, asOf: AsOf): Promise<AgreementRecord[]> {
  const found = await readStore.find(agreementsProjection.collection.name, {
    filter: { ...filter, signedAt: { lte: asOf.until } },
  });
  return found.map((document) => agreementRecord(document, asOf));
}

/** An account's joint plans adopted by the day, newest first. */
export async function plansAsOf(readStore: ReadStore, accountId: string, asOf: AsOf): Promise<PlanRecord[]> {
  const found = await readStore.find(jointPlansProjection.collection.name, {
    filter: { accountId: { eq: accountId }, adoptedAt: { lte: asOf.until } },
    sort: [{ field: 'adoptedAt', direction: 'desc' }],
  });
  return found.map((document) => ({
    accountId: String(document.accountId),
    planId: String(document.planId),
    adoptedAt: String(document.adoptedAt),
    objectives: document.objectives as JsonArray,
  }));
}

function agreementRecord(document: Document, { date, until }: AsOf): AgreementRecord {
  const dates = { start: String(document.start), end: String(document.end), signedAt: String(document.signedAt) };
  const lapsed = document.lapsedAt !== null && String(document.lapsedAt) <= until;
  const lapsedAt = lapsed ? String(document.lapsedAt) : null;
  return {
    accountId: String(document.accountId),
    agreementId: String(document.agreementId),
    ...dates,
    inForce: inForceOn({ ...dates, lapsedAt }, date, until),
    lapsedAt,
    lapseReason: lapsed && document.lapseReason !== null ? String(document.lapseReason) : null,
    terms: document.terms as JsonArray,
  };
}
