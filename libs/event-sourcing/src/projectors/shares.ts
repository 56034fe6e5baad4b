import { PARTITIONS } from '../partition.js';

/** What is kept of a share when others come or go. */
export interface Share {
  readonly member: string;
  readonly partitions: readonly number[];
}

/**
 * Shares the partitions out: each to one member, no member more than one above another, and as few as possible to another
 * than before.
 * @param members at least one and at most 64
 * @param before the shares until now
 */
export function sharesOf(members: readonly string[], before: readonly Share[]): Share[] {
  const least = Math.floor(PARTITIONS / members.length);
  const kept = new Map(before.map(({ member, partitions }) => [member, partitions]));
  // Who had most keeps one more, where they do not come out even.
  const byHad = [...members].sort((a, b) => (kept.get(b)?.length ?? 0) - (kept.get(a)?.length ?? 0));
  const sizes = new Map(byHad.map((member, index) => [member, least + (index < PARTITIONS % members.length ? 1 : 0)]));
  const shares = new Map(members.map((member) => [member, (kept.get(member) ?? []).slice(0, sizes.get(member))]));
  const given = new Set([...shares.values()].flat());
  const free = Array.from({ length: PARTITIONS }, (_, partition) => partition).filter((each) => !given.has(each));
  return members.map((member) => {
    const own = shares.get(member) ?? [];
    const more = free.splice(0, (sizes.get(member) ?? 0) - own.length);
    return { member, partitions: [...own, ...more].sort((a, b) => a - b) };
  });
}
