import { addMonths } from '#calendar';
import type { ReadStore } from '#event-sourcing';
import type { LedgerSettings, MetricRequest, MetricSource, MetricValue, MetricValues } from '#platform';
import { cadenceKept } from './cadence-kept.js';
import { visitTotalsProjection } from './projections/visit-totals.projection.js';
import { VisitCalendar } from './visit-calendar.js';

const IDS = ['visits', 'cadenceKept'] as const;

/**
 * `visits`: visits logged in the window. `cadenceKept`: share of cadence periods with a visit, as {@link cadenceKept}
 * says; null without a cadence.
 */
export function engagementMetrics(settings: LedgerSettings, readStore: ReadStore): MetricSource {
  const visitCalendar = new VisitCalendar(readStore, settings);
  const totals = visitTotalsProjection(settings.calendar).collection.name;

  async function visitsUpTo(day: number, accounts: readonly string[] | undefined): Promise<Map<string, number>> {
    const rows = await readStore.latestBy(totals, {
      fields: ['accountId', 'visits'],
      groupBy: ['accountId'],
      by: 'day',
      upTo: BigInt(day),
      filter: accounts === undefined ? {} : { accountId: { in: accounts } },
    });
    const visits = new Map<string, number>();
    for (const row of rows) visits.set(String(row.accountId), Number(row.visits));
    return visits;
  }

  async function visits({ asOf, accounts }: MetricRequest, after: number | null): Promise<Map<string, number>> {
    const [until, before] = await Promise.all([
      visitsUpTo(asOf, accounts),
      after === null ? new Map<string, number>() : visitsUpTo(after, accounts),
    ]);
    // Whoever is in `before` alone had the first visit recorded between the two looks.
    for (const [accountId, count] of until) until.set(accountId, count - (before.get(accountId) ?? 0));
    return until;
  }

  async function kept({ asOf, accounts }: MetricRequest, after: number | null): Promise<Map<string, number | null>> {
    const cadences = await visitCalendar.cadences(asOf, accounts);
    if (cadences.size === 0) return new Map();
    const days = await visitCalendar.visitDays(after, asOf, accounts);
    return new Map(
      [...cadences].map(([accountId, { every, start, setOn }]) => [
        accountId,
        cadenceKept({ every, origin: start ?? setOn, after, asOf }, days.get(accountId) ?? []),
      ]),
    );
  }

  return {
    ids: IDS,
    absent: () => ({ visits: 0, cadenceKept: null }),
    async load(request): Promise<MetricValues> {
      const wanted = new Set(request.ids ?? IDS);
      const after = request.windowMonths === null ? null : addMonths(request.asOf, -request.windowMonths);
      const [counts, shares] = await Promise.all([
        wanted.has('visits') ? visits(request, after) : new Map<string, number>(),
        wanted.has('cadenceKept') ? kept(request, after) : new Map<string, number | null>(),
      ]);
      const values = new Map<string, Record<string, MetricValue>>();
      for (const [accountId, count] of counts) {
        values.set(accountId, wanted.has('cadenceKept') ? { visits: count, cadenceKept: null } : { visits: count });
      }
      for (const [accountId, share] of shares) {
        const own = values.get(accountId) ?? (wanted.has('visits') ? { visits: 0 } : {});
        own.cadenceKept = share;
        values.set(accountId, own);
      }
      return values;
    },
  };
}
