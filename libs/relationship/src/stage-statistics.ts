import { FIRST_STAGE, STAGES, type Stage } from './relationship.events.js';

/** The stage of one account on a day, and the day number on which it entered it. */
export interface Spell {
  readonly stage: Stage;
  readonly since: number;
}

/** The accounts on one stage. */
export type StageCount = {
  readonly stage: Stage;
  readonly accounts: number;
  /** Median of the whole days since each of them entered it; null when there is none. */
  readonly medianDays: number | null;
};

/** Accounts that were on one stage on the earlier day and on another, or the same, on the later one. */
export type MatrixCell = { readonly from: Stage; readonly to: Stage; readonly accounts: number };

/** Spells by account: each starts on the first stage with its first fact; an entry of `entered` takes its place. */
export function spellsOf(
  accounts: readonly { readonly accountId: string; readonly firstFactDay: number }[],
  entered: ReadonlyMap<string, Spell>,
): Map<string, Spell> {
  return new Map(
    accounts.map(({ accountId, firstFactDay }) => [
      accountId,
      entered.get(accountId) ?? { stage: FIRST_STAGE, since: firstFactDay },
    ]),
  );
}

/** Every stage, in order, with its accounts on a day (a day number). */
export function stageCounts(spells: Iterable<Spell>, day: number): StageCount[] {
  const ages = new Map<Stage, number[]>(STAGES.map((stage) => [stage, []]));
  for (const { stage, since } of spells) ages.get(stage)?.push(day - since);
  return [...ages].map(([stage, days]) => ({ stage, accounts: days.length, medianDays: median(days) }));
}

/** The cells that hold an account, in the order of the stages; accounts that are only in one of the two are left out. */
export function stageMatrix(earlier: ReadonlyMap<string, Spell>, later: ReadonlyMap<string, Spell>): MatrixCell[] {
  const counts = new Map<string, number>();
  for (const [accountId, { stage: from }] of earlier) {
    const to = later.get(accountId)?.stage;
    if (to !== undefined) counts.set(`${from} ${to}`, (counts.get(`${from} ${to}`) ?? 0) + 1);
  }
  return STAGES.flatMap((from) =>
    STAGES.flatMap((to): MatrixCell[] => {
      const accounts = counts.get(`${from} ${to}`);
      return accounts === undefined ? [] : [{ from, to, accounts }];
    }),
  );
}

/** The middle value; of an even number the mean of the two in the middle; null of none. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return lower === undefined || upper === undefined ? null : (lower + upper) / 2;
}
