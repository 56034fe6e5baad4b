import type { TierRule } from '../classification.events.js';

/** What a tier's conditions look at. */
export interface Standing {
  readonly selected: boolean;
  readonly passesGates: boolean;
  /** NaN: none. */
  readonly score: number;
  /** 0: none. */
  readonly rank: number;
}

/** The first rule whose conditions all hold, as its place in the policy; −1: none. A rule without conditions always holds. */
export function tierOf(rules: readonly TierRule[], standing: Standing): number {
  return rules.findIndex((rule) => holds(rule, standing));
}

function holds(rule: TierRule, { selected, passesGates, score, rank }: Standing): boolean {
  if (rule.selected === true && !selected) return false;
  if (rule.requireGates === true && !passesGates) return false;
  // NaN is not at or above anything.
  if (rule.minScore !== undefined && !(score >= rule.minScore)) return false;
  return rule.maxRank === undefined || (rank > 0 && rank <= rule.maxRank);
}
