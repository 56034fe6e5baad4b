import type { ReadStore } from '#event-sourcing';
import type { LedgerSettings, MetricRequest, MetricSource, MetricValue, MetricValues } from '#platform';
import { APPRAISAL_PREFIX } from './metric-ids.js';
import { appraisalDaysProjection } from './projections/appraisals.projection.js';

/**
 * `appraisal:<criterion>`: the points of the account's newest appraisal by that criterion as of the day, whole history
 * whatever the window; an account has only the criteria by which it was appraised.
 */
export function appraisalMetrics({ calendar }: LedgerSettings, readStore: ReadStore): MetricSource {
  const collection = appraisalDaysProjection(calendar).collection.name;
  return {
    ids: [APPRAISAL_PREFIX],
    absent: () => ({}),
    async load({ asOf, accounts, ids }: MetricRequest): Promise<MetricValues> {
      const wanted = (criterion: string) =>
        ids === undefined || ids.includes(APPRAISAL_PREFIX) || ids.includes(APPRAISAL_PREFIX + criterion);
      const values = new Map<string, Record<string, MetricValue>>();
      if (ids?.every((id) => !id.startsWith(APPRAISAL_PREFIX))) return values;
      const rows = await readStore.latestBy(collection, {
        fields: ['accountId', 'criterion', 'points'],
        groupBy: ['accountId', 'criterion'],
        by: 'day',
        upTo: BigInt(asOf),
        ...(accounts === undefined ? {} : { filter: { accountId: { in: accounts } } }),
      });
      for (const { accountId, criterion, points } of rows) {
        if (!wanted(String(criterion))) continue;
        const own = values.get(String(accountId)) ?? {};
        own[APPRAISAL_PREFIX + String(criterion)] = Number(points);
        values.set(String(accountId), own);
      }
      return values;
    },
  };
}
