import type { Policy } from '../classification.events.js';

export type VersionStatus = 'draft' | 'approved' | 'published' | 'retired';

/** A version of a policy, and what became of it. */
export interface PolicyVersion {
  readonly policyId: string;
  readonly version: number;
  readonly status: VersionStatus;
  readonly policy: Policy;
  /** Day number of the first day on which it may be in force; null: not published, or never in force by itself. */
  readonly effectiveDay: number | null;
  /** Place of the publication in the log; −1 for a built-in policy, which everything published comes after. */
  readonly publication: bigint;
  /** Day number from which on it is retired. */
  readonly retiredDay: number | null;
}

/**
 * The version in force on a day: of those published, whichever policy they belong to, the one with the greatest
 * `effectiveFrom` on or before the day; of the same day the one published later. A retired version is in force on no day
 * from its retirement on; on the days before it was.
 */
export function policyInForce<Version extends PolicyVersion>(
  versions: readonly Version[],
  day: number,
): Version | undefined {
  let best: Version | undefined;
  for (const version of versions) {
    if (!mayBeInForce(version, day)) continue;
    if (best === undefined || isLater(version, best)) best = version;
  }
  return best;
}

function mayBeInForce({ effectiveDay, retiredDay }: PolicyVersion, day: number): boolean {
  return effectiveDay !== null && effectiveDay <= day && (retiredDay === null || day < retiredDay);
}

function isLater(a: PolicyVersion, b: PolicyVersion): boolean {
  const [first, second] = [a.effectiveDay ?? 0, b.effectiveDay ?? 0];
  return first !== second ? first > second : a.publication > b.publication;
}

/** The newest version of a policy that is published and not retired. */
export function newestPublished<Version extends PolicyVersion>(
  versions: readonly Version[],
  policyId: string,
): Version | undefined {
  return versions
    .filter((version) => version.policyId === policyId && version.status === 'published')
    .reduce<Version | undefined>(
      (best, each) => (best === undefined || each.version > best.version ? each : best),
      undefined,
    );
}
