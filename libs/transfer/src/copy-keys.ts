import type { KeyedStore } from '#event-sourcing';

/** What copying keys came to. */
export interface KeyCopy {
  /** How many of each kind both stores hold now. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly added: number;
  /** Destroyed at the target, because the source has them no more. */
  readonly removed: number;
}

/** So many writes are under way at once. */
const AT_ONCE = 64;

/**
 * Makes the entries of the target those of the source, whatever their kinds: what is missing is added, what differs is
 * replaced, and what the source no longer has (an erased person's key, a deleted API key) is destroyed.
 *
 * To be called after the end of the source's log was looked up: an event sealed under a person's key is appended after the
 * key is stored, so that every key of an event up to there is in the source by now.
 * @throws StoreUnavailable
 */
export async function copyKeys(source: KeyedStore, target: KeyedStore): Promise<KeyCopy> {
  const kinds: Record<string, number> = {};
  let [added, removed] = [0, 0];
  for (const kind of new Set([...(await source.kinds()), ...(await target.kinds())])) {
    const wanted = await source.list(kind);
    const there = new Map((await target.list(kind)).map(({ id, value }) => [id, value]));
    const ids = new Set(wanted.map(({ id }) => id));
    const gone = [...there.keys()].filter((id) => !ids.has(id));
    await inGroups(gone, (id) => target.remove(kind, id));
    const missing = wanted.filter(({ id, value }) => there.get(id) !== value);
    await inGroups(missing, async ({ id, value }) => {
      if (there.has(id)) await target.remove(kind, id);
      await target.putIfAbsent(kind, id, value);
    });
    added += missing.length;
    removed += gone.length;
    if (wanted.length > 0) kinds[kind] = wanted.length;
  }
  return { kinds, added, removed };
}

/** How many entries of each kind a store holds. */
export async function countKeys(store: KeyedStore): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const kind of await store.kinds()) counts[kind] = (await store.list(kind)).length;
  return counts;
}

async function inGroups<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += AT_ONCE) await Promise.all(items.slice(at, at + AT_ONCE).map(work));
}
