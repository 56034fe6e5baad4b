import { type Period, parseDate, parsePeriod } from '#calendar';
import type { Document, Filter, ReadStore } from '#event-sourcing';
import type { LedgerSettings } from '#platform';
import { cadencesProjection } from './projections/cadences.projection.js';
import { visitDaysProjection } from './projections/visit-days.projection.js';
import { type Cadence, type VisitDue, visitDue } from './visit-due.js';

/** The cadence of an account that is in force on a day. */
export interface CadenceInForce extends Cadence {
  /** As it was set: an ISO 8601 period. */
  readonly everyText: string;
  /** Day number of the day on which it was set. */
  readonly setOn: number;
}

/** Where an account stands with its visits, as of a day. */
export interface VisitStanding {
  readonly accountId: string;
  /** null: none was set. */
  readonly cadence: CadenceInForce | null;
  /** Instant of the last visit; null: none. */
  readonly lastVisitAt: string | null;
  /** null: nothing to be due. */
  readonly due: VisitDue | null;
}

/** What the read models know of last visits and cadences, as of any day. A day is a day number. */
export class VisitCalendar {
  readonly #visitDays: string;
  readonly #cadences: string;
  /** Few different texts stand for all accounts. */
  readonly #periods = new Map<string, Period>();

  constructor(
    private readonly readStore: ReadStore,
    { calendar }: LedgerSettings,
  ) {
    this.#visitDays = visitDaysProjection(calendar).collection.name;
    this.#cadences = cadencesProjection(calendar).collection.name;
  }

  /** Where every account with a cadence in force stands, in no order. */
  async all(asOf: number, accounts?: readonly string[]): Promise<VisitStanding[]> {
    const [cadences, lastVisits] = await Promise.all([
      this.cadences(asOf, accounts),
      this.newest(this.#visitDays, asOf, accounts),
    ]);
    const visits = new Map(lastVisits.map((row) => [String(row.accountId), row]));
    return [...cadences].map(([accountId, cadence]) => standing(accountId, cadence, visits.get(accountId), asOf));
  }

  /** Where one account stands, with a cadence or without. */
  async of(accountId: string, asOf: number): Promise<VisitStanding> {
    const [cadences, [lastVisit]] = await Promise.all([
      this.cadences(asOf, [accountId]),
      this.newest(this.#visitDays, asOf, [accountId]),
    ]);
    return standing(accountId, cadences.get(accountId) ?? null, lastVisit, asOf);
  }

  /** The cadences in force on a day, by account. */
  async cadences(asOf: number, accounts?: readonly string[]): Promise<Map<string, CadenceInForce>> {
    const rows = await this.newest(this.#cadences, asOf, accounts);
    return new Map(rows.map((row) => [String(row.accountId), this.cadenceOf(row)]));
  }

  /** The days with visits after one day (null: from the beginning) and up to another, by account. */
  async visitDays(
    after: number | null,
    asOf: number,
    accounts?: readonly string[],
  ): Promise<Map<string, readonly number[]>> {
    const rows = await this.readStore.find(this.#visitDays, {
      fields: ['accountId', 'day'],
      filter: {
        ...among(accounts),
        day: { ...(after !== null && { gt: BigInt(after) }), lte: BigInt(asOf) },
      },
    });
    const days = new Map<string, number[]>();
    for (const row of rows) {
      const known = days.get(String(row.accountId));
      if (known === undefined) days.set(String(row.accountId), [Number(row.day)]);
      else known.push(Number(row.day));
    }
    return days;
  }

  private newest(collection: string, asOf: number, accounts: readonly string[] | undefined): Promise<Document[]> {
    return this.readStore.latestBy(collection, {
      groupBy: ['accountId'],
      by: 'day',
      upTo: BigInt(asOf),
      filter: among(accounts),
    });
  }

  private cadenceOf(row: Document): CadenceInForce {
    const everyText = String(row.every);
    return {
      everyText,
      every: this.periodOf(everyText),
      graceDays: Number(row.graceDays),
      start: typeof row.start === 'string' ? (parseDate(row.start) ?? null) : null,
      setOn: Number(row.day),
    };
  }

  private periodOf(text: string): Period {
    const known = this.#periods.get(text);
    if (known !== undefined) return known;
    const period = parsePeriod(text);
    if (period === undefined) throw new TypeError(`not a period: "${text}"`);
    this.#periods.set(text, period);
    return period;
  }
}

function standing(
  accountId: string,
  cadence: CadenceInForce | null,
  lastVisit: Document | undefined,
  asOf: number,
): VisitStanding {
  return {
    accountId,
    cadence,
    lastVisitAt: lastVisit === undefined ? null : String(lastVisit.lastVisitAt),
    due: cadence === null ? null : visitDue(cadence, lastVisit === undefined ? null : Number(lastVisit.day), asOf),
  };
}

function among(accounts: readonly string[] | undefined): Filter {
  return accounts === undefined ? {} : { accountId: { in: accounts } };
}
