import { ratio } from '#money';

/** Revenue of one account, in micros of the base currency, and the corporate group it belongs to. */
export interface AccountRevenue {
  readonly accountId: string;
  readonly groupId: string | null;
  readonly revenue: bigint;
}

export interface GroupShare {
  /** The corporate group, or the account that belongs to none. */
  readonly groupId: string;
  /** Whether it is a corporate group. */
  readonly corporate: boolean;
  /** Accounts with a fact by the day. */
  readonly accounts: number;
  readonly revenue: bigint;
  /** 0 to 1, of the revenue of all groups with revenue > 0. */
  readonly share: number;
  /** At or above 10 %, compared exactly. */
  readonly overDependent: boolean;
}

export type ConcentrationBand = 'unconcentrated' | 'moderate' | 'high';

export interface Concentration {
  /** Those with revenue > 0, largest first. */
  readonly groups: readonly GroupShare[];
  /** Herfindahl–Hirschman index, 0 to 10,000; null without revenue. */
  readonly hhi: number | null;
  readonly band: ConcentrationBand | null;
  /** Share of the n largest groups, 0 to 1; null without revenue. */
  readonly top: readonly { readonly n: number; readonly share: number | null }[];
}

const TOPS = [1, 3, 5, 10, 20];
/** A group over-depends from one part in so many on. */
const OVER_DEPENDENCE = 10n;
const MODERATE = 1_000;
const HIGH = 1_800;

/**
 * How much of the revenue hangs on how few (formulas.md, "Rates, concentration, profitability"): HHI = Σ (100 × share)²
 * over corporate groups with revenue > 0, an account without a group being its own. All sums are exact; the ratios of
 * them are rounded once.
 */
export function concentration(accounts: readonly AccountRevenue[]): Concentration {
  const groups = groupSums(accounts).filter(({ revenue }) => revenue > 0n);
  groups.sort((a, b) => compareBigints(b.revenue, a.revenue) || (a.groupId < b.groupId ? -1 : 1));
  const total = groups.reduce((sum, { revenue }) => sum + revenue, 0n);
  const shareOf = (revenue: bigint) => (total === 0n ? null : ratio(revenue, total));
  const squares = groups.reduce((sum, { revenue }) => sum + revenue * revenue, 0n);
  const hhi = total === 0n ? null : ratio(10_000n * squares, total * total);
  return {
    groups: groups.map((group) => ({
      ...group,
      share: ratio(group.revenue, total),
      overDependent: group.revenue * OVER_DEPENDENCE >= total,
    })),
    hhi,
    band: hhi === null ? null : bandOf(hhi),
    top: TOPS.map((n) => ({ n, share: shareOf(groups.slice(0, n).reduce((sum, { revenue }) => sum + revenue, 0n)) })),
  };
}

function bandOf(hhi: number): ConcentrationBand {
  if (hhi < MODERATE) return 'unconcentrated';
  return hhi < HIGH ? 'moderate' : 'high';
}

type GroupSum = Pick<GroupShare, 'groupId' | 'corporate' | 'accounts' | 'revenue'>;

function groupSums(accounts: readonly AccountRevenue[]): GroupSum[] {
  const corporate = new Map<string, GroupSum>();
  const alone: GroupSum[] = [];
  for (const { accountId, groupId, revenue } of accounts) {
    if (groupId === null) {
      alone.push({ groupId: accountId, corporate: false, accounts: 1, revenue });
      continue;
    }
    const group = corporate.get(groupId);
    corporate.set(groupId, {
      groupId,
      corporate: true,
      accounts: (group?.accounts ?? 0) + 1,
      revenue: (group?.revenue ?? 0n) + revenue,
    });
  }
  return [...corporate.values(), ...alone];
}

function compareBigints(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
