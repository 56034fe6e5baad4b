/**
 * The ids of all account metrics of formulas.md but for the appraisals, in its order. A row of the ranking has every one
 * of them; the ones that no capability computes yet are null.
 */
export const METRIC_IDS: readonly string[] = [
  'revenue',
  'grossProfit',
  'costToServe',
  'netProfit',
  'costToRevenue',
  'orderCount',
  'ordersPerMonth',
  'activeMonths',
  'recencyDays',
  'averageOrderValue',
  'revenueGrowth',
  'revenueStability',
  'revenueShare',
  'profitShare',
  'onTimeRate',
  'accurateRate',
  'csat',
  'nps',
  'ces',
  'visits',
  'cadenceKept',
  'referrals',
  'referralValue',
  'shareOfWallet',
  'clv12',
  'pAlive',
];

/** The family of the judgements: `appraisal:<criterion>`. */
export const APPRAISAL_PREFIX = 'appraisal:';

const KNOWN = new Set(METRIC_IDS);
const CRITERION = /^[A-Za-z0-9._:-]{1,64}$/;

/** Whether a text is the id of a metric that a policy may speak of. */
export function isMetricId(text: string): boolean {
  return KNOWN.has(text) || isAppraisal(text);
}

/** Whether a text is `appraisal:` and the name of a criterion. */
export function isAppraisal(text: string): boolean {
  return text.startsWith(APPRAISAL_PREFIX) && CRITERION.test(text.slice(APPRAISAL_PREFIX.length));
}
