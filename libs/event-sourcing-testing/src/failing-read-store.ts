import { setImmediate } from 'node:timers/promises';
import {
  type Checkpoint,
  type CollectionDefinition,
  type Document,
  type DocumentKey,
  type Filter,
  type FindOptions,
  type LatestOptions,
  type ProjectorGeneration,
  type ProjectorGroupState,
  type ProjectorMember,
  type QuarantinedStream,
  type ReadStore,
  type StoredDocument,
  StoreUnavailable,
  type SumOptions,
  type WriteBatch,
} from '#event-sourcing';

/** What happens to one call of a read store. */
export interface CallPlan {
  /** So many turns of the event loop go by before it. */
  readonly turns?: number;
  readonly fault?: CallFault;
}

export interface CallFault {
  /**
   * `refused`: nothing is done; `unanswered`: all is done, and the answer is lost; `torn`: of a batch a part is stored,
   * as a store without transactions may do it: some of the documents, or all of them and not the rest.
   */
  readonly kind: 'refused' | 'unanswered' | 'torn';
  /** Picks the part. */
  readonly seed: number;
  /** Whether it ends the process, so to speak ({@link Killed}); else the store cannot be reached. */
  readonly kills: boolean;
}

/** Stands for the end of a process. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** What goes wrong, one entry a call. */
export interface FailurePlan {
  readonly writes?: readonly CallPlan[];
  readonly reads?: readonly CallPlan[];
}

/** A read store whose calls go wrong by plan; when the plan is at its end, none does. */
export class FailingReadStore implements ReadStore {
  readonly #store: ReadStore;
  readonly #writes: Iterator<CallPlan>;
  readonly #reads: Iterator<CallPlan>;

  constructor(store: ReadStore, { writes = [], reads = [] }: FailurePlan) {
    this.#store = store;
    this.#writes = writes.values();
    this.#reads = reads.values();
  }

  prepare(collections: readonly CollectionDefinition[]): Promise<void> {
    return this.#store.prepare(collections);
  }

  drop(collections: readonly string[], projections: readonly string[]): Promise<void> {
    return this.#store.drop(collections, projections);
  }

  async write(batch: WriteBatch): Promise<void> {
    await call(
      this.#writes,
      () => this.#store.write(batch),
      (seed) => this.#store.write(partOf(batch, seed)),
    );
  }

  getMany(collection: string, keys: readonly DocumentKey[]): Promise<(StoredDocument | undefined)[]> {
    return this.#call(() => this.#store.getMany(collection, keys));
  }

  find(collection: string, options?: FindOptions): Promise<Document[]> {
    return this.#call(() => this.#store.find(collection, options));
  }

  sumBy(collection: string, options: SumOptions): Promise<Document[]> {
    return this.#call(() => this.#store.sumBy(collection, options));
  }

  latestBy(collection: string, options: LatestOptions): Promise<Document[]> {
    return this.#call(() => this.#store.latestBy(collection, options));
  }

  count(collection: string, filter?: Filter): Promise<number> {
    return this.#call(() => this.#store.count(collection, filter));
  }

  checkpoints(session?: string): Promise<Checkpoint[]> {
    return this.#call(() => this.#store.checkpoints(session));
  }

  quarantined(): Promise<QuarantinedStream[]> {
    return this.#call(() => this.#store.quarantined());
  }

  requestRedrive(projection: string, stream: string, at: string): Promise<boolean> {
    return this.#call(() => this.#store.requestRedrive(projection, stream, at));
  }

  projectorGroup(): Promise<ProjectorGroupState> {
    return this.#call(() => this.#store.projectorGroup());
  }

  renewMember(member: ProjectorMember): Promise<void> {
    return this.#call(() => this.#store.renewMember(member));
  }

  removeMembers(ids: readonly string[]): Promise<void> {
    return this.#call(() => this.#store.removeMembers(ids));
  }

  openSessions(generation: number, ids: readonly string[], checkpoints: readonly Checkpoint[]): Promise<void> {
    return this.#call(() => this.#store.openSessions(generation, ids, checkpoints));
  }

  closeSessions(ids: readonly string[]): Promise<Checkpoint[]> {
    return this.#call(() => this.#store.closeSessions(ids));
  }

  beginGeneration(next: ProjectorGeneration): Promise<boolean> {
    return this.#call(() => this.#store.beginGeneration(next));
  }

  ping(): Promise<void> {
    return this.#call(() => this.#store.ping());
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #call<T>(work: () => Promise<T>): Promise<T> {
    return call(this.#reads, work);
  }
}

async function call<T>(
  plan: Iterator<CallPlan>,
  work: () => Promise<T>,
  part: (seed: number) => Promise<void> = async () => undefined,
): Promise<T> {
  const next = plan.next();
  const { turns = 0, fault } = next.done ? {} : next.value;
  for (let turn = 0; turn < turns; turn++) await setImmediate();
  if (fault === undefined) return work();
  if (fault.kind === 'unanswered') await work();
  if (fault.kind === 'torn') await part(fault.seed);
  throw fault.kills ? new Killed('by plan') : new StoreUnavailable('The read store is away, by plan.');
}

/** Documents are stored before checkpoints and quarantined streams, in any order among themselves. */
function partOf({ documents, quarantined = [], session }: WriteBatch, seed: number): WriteBatch {
  const whole = seed % 4 === 0;
  return {
    documents: whole ? documents : documents.filter((_, index) => bit(seed, index)),
    checkpoints: [],
    quarantined: whole && seed % 8 === 0 ? quarantined : [],
    ...(session !== undefined && { session }),
  };
}

function bit(seed: number, index: number): boolean {
  return (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 31 === 1;
}
