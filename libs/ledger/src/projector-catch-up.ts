import {
  type EventStore,
  type EventTypeRegistry,
  type KeyedStore,
  type Projection,
  ProjectorGroup,
  type ReadStore,
  ServedProjections,
  StoreUnavailable,
} from '#event-sourcing';
import { ReadProgress } from '#platform';
import { growHeapByDoubling } from './heap-growth.js';
import { sleep } from './ledger.js';
import { LogAnchor } from './log-anchor.js';
import { projectorWork } from './projector-work.js';

export interface CatchUpContext {
  readonly eventStore: EventStore;
  readonly readStore: ReadStore;
  readonly keyedStore: KeyedStore;
  readonly registry: EventTypeRegistry;
  /** In their first builds. */
  readonly projections: readonly Projection[];
  readonly served: ServedProjections;
  /** Milliseconds without any progress after which it is given up; default 60,000. */
  readonly patience?: number;
}

const PATIENCE = 60_000;
const LOOK = 50;

/**
 * Brings the read models to where the log ends now, as one projector among others; those may do a part of it.
 * @throws StoreUnavailable when they have come no further for a minute
 */
export async function projectUpToDate(context: CatchUpContext, signal: AbortSignal | undefined): Promise<void> {
  const { eventStore, readStore, keyedStore, registry, projections, served, patience = PATIENCE } = context;
  const progress = new ReadProgress(readStore, projections);
  const head = (await eventStore.head()) ?? 0n;
  if ((await progress.position()) >= head) return;
  growHeapByDoubling();
  const done = new AbortController();
  const over = signal === undefined ? done.signal : AbortSignal.any([done.signal, signal]);
  const anchor = new LogAnchor(eventStore, readStore);
  let cause: StoreUnavailable | undefined;
  const group = new ProjectorGroup({
    ...projectorWork({ eventStore, readStore, keyedStore, registry, served, anchor }),
    onRetry: (error) => {
      cause = error;
    },
  });
  const running = group.run(over);
  // An error of the group ends the wait, and is thrown below.
  running.then(
    () => done.abort(),
    () => done.abort(),
  );
  let stuck: boolean;
  try {
    stuck = !(await reaches(head, progress, patience, over));
  } finally {
    done.abort();
    await running;
  }
  await anchor.note(await progress.position());
  if (stuck) {
    const told = `The read models came no further for ${Math.round(patience / 1_000)} s.`;
    throw new StoreUnavailable(cause === undefined ? told : `${told} ${cause.message}`, { cause });
  }
}

/** @returns false when the position did not move for so long */
async function reaches(head: bigint, progress: ReadProgress, patience: number, signal: AbortSignal): Promise<boolean> {
  let [last, movedAt] = [-1n, performance.now()];
  while (!signal.aborted) {
    const position = await positionIfReachable(progress);
    if (position !== undefined && position >= head) return true;
    if (position !== undefined && position > last) [last, movedAt] = [position, performance.now()];
    if (performance.now() - movedAt > patience) return false;
    await sleep(LOOK, signal);
  }
  return true;
}

/** How far the read models are; `undefined` while their store is away, which may come back. */
export async function positionIfReachable(progress: ReadProgress): Promise<bigint | undefined> {
  try {
    return await progress.position();
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return undefined;
  }
}
