import { formatDate } from '#calendar';
import type { ReadStore } from '#event-sourcing';
import { formatMicros } from '#money';
import type { LedgerSettings, MetricValue, PortraitPart } from '#platform';
import { orderMetrics } from './order-metric-source.js';

const MONTHS = 12;

/**
 * The member `orders` of a portrait, over the twelve months up to the day: `{currency, windowMonths, revenue,
 * grossProfit, orders, activeMonths, averageOrderValue, revenueGrowth, onTimeRate, accurateRate}`, and over the whole
 * history `lastOrderOn`. The formulas are those of the metrics; money is in the ledger's base currency.
 */
export function ordersPart(settings: LedgerSettings, readStore: ReadStore): PortraitPart {
  const metrics = orderMetrics(settings, readStore);
  const ids = metrics.ids.filter((id) => !id.endsWith('Share'));
  return {
    key: 'orders',
    async load(accountId, asOf) {
      const values = (await metrics.load({ asOf, windowMonths: MONTHS, accounts: [accountId], ids })).get(accountId);
      const { recencyDays } = values ?? {};
      return {
        currency: settings.baseCurrency,
        windowMonths: MONTHS,
        revenue: moneyText(values?.revenue),
        grossProfit: moneyText(values?.grossProfit),
        orders: plain(values?.orderCount),
        activeMonths: plain(values?.activeMonths),
        averageOrderValue: moneyText(values?.averageOrderValue),
        revenueGrowth: plain(values?.revenueGrowth),
        onTimeRate: plain(values?.onTimeRate),
        accurateRate: plain(values?.accurateRate),
        lastOrderOn: typeof recencyDays === 'number' ? formatDate(asOf - recencyDays) : null,
      };
    },
  };
}

function moneyText(value: MetricValue | undefined): string | null {
  return typeof value === 'bigint' ? formatMicros(value) : null;
}

function plain(value: MetricValue | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
