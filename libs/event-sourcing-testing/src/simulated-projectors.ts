import { setImmediate } from 'node:timers/promises';
import {
  type DocumentWrite,
  type EventStore,
  type EventTypeRegistry,
  type Projection,
  ProjectorGroup,
  type ProjectorGroupOptions,
  type ProjectorGroupState,
  type ProjectorMember,
  partitionOf,
  type ReadStore,
  spansStreams,
  type WriteBatch,
} from '#event-sourcing';
import { FailingReadStore, Killed } from './failing-read-store.js';

/** A clock that moves when it is told, and wakes who sleeps by it. */
export class SimulatedClock {
  milliseconds = 0;
  readonly #sleepers = new Set<{ readonly until: number; wake(): void }>();

  now(): string {
    return new Date(Date.parse('2026-01-01T00:00:00.000Z') + this.milliseconds).toISOString();
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = {
        until: this.milliseconds + milliseconds,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', sleeper.wake);
    });
  }

  advance(milliseconds: number): void {
    this.milliseconds += milliseconds;
    for (const sleeper of [...this.#sleepers]) if (sleeper.until <= this.milliseconds) sleeper.wake();
  }
}

export interface SimulationOptions {
  readonly readStore: ReadStore;
  readonly eventStore: EventStore;
  readonly registry: EventTypeRegistry;
  readonly projections: readonly Projection[];
  readonly runner: Pick<ProjectorGroupOptions, 'batchSize' | 'cacheBytes' | 'coalesce'>;
  /** Whether the others see at once that a projector was killed; else they wait for its lease. */
  readonly seeDead: boolean;
  /** Whether a call of the store is done when it gives its promise: then it is looked at whose documents are written. */
  readonly synchronous: boolean;
}

/** Several projectors in one process, which can be stopped, let go on, killed and sent away. */
export class ProjectorSimulation {
  readonly clock = new SimulatedClock();
  readonly projectors: SimulatedProjector[] = [];
  /** Writes that were taken although their documents' partitions were another's. */
  readonly trespasses: string[] = [];
  /** Writes with documents that were looked at. */
  owned = 0;
  /** By the simulated clock, since the store's own does not stand still. */
  readonly renewals = new Map<string, number>();

  constructor(readonly options: SimulationOptions) {}

  join(): SimulatedProjector {
    const projector = new SimulatedProjector(this, `p${this.projectors.length}`);
    this.projectors.push(projector);
    return projector;
  }

  isGone(id: string): boolean {
    return this.options.seeDead && this.projectors.some(({ member, state }) => member.id === id && state === 'killed');
  }

  /** Lets the projectors run for some turns of the event loop. */
  async turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn++) await setImmediate();
  }

  partitionOf({ collection, key }: DocumentWrite): number {
    const [name, first] = collection === 'removed_documents' ? markedDocument(key) : [collection, key[0]];
    const projection = this.options.projections.find((each) => each.collection.name === name);
    if (projection !== undefined && spansStreams(projection)) return Number(first);
    return partitionOf(String(first).split('/')[0] ?? '');
  }
}

function markedDocument([collection, key]: DocumentWrite['key']): [string, string] {
  return [String(collection), String(JSON.parse(String(key))[0])];
}

/** One of them. Everything that it does with the store waits while it is stopped, as in a process that got SIGSTOP. */
export class SimulatedProjector {
  readonly member: ProjectorMember;
  state: 'running' | 'stopped' | 'killed' | 'left' = 'running';
  readonly ended: Promise<void>;
  readonly #leaving = new AbortController();
  #goOn: () => void = () => undefined;
  #gate: Promise<void> = Promise.resolve();

  constructor(simulation: ProjectorSimulation, id: string) {
    const { clock, options } = simulation;
    this.member = { id, host: 'host', pid: 1, startedAt: 0 };
    const group = new ProjectorGroup({
      eventStore: options.eventStore,
      registry: options.registry,
      readStore: new GatedReadStore(simulation, this),
      member: this.member,
      isGone: (member) => simulation.isGone(member.id),
      projections: async () => options.projections,
      now: () => clock.now(),
      sleep: async (milliseconds, signal) => {
        await clock.sleep(milliseconds, signal);
        await this.pass();
      },
      ...options.runner,
    });
    this.ended = group.run(this.#leaving.signal).catch((error: unknown) => {
      if (!(error instanceof Killed)) throw error;
    });
  }

  /** Waits while it is stopped. @throws Killed once it was killed */
  async pass(): Promise<void> {
    await this.#gate;
    if (this.state === 'killed') throw new Killed('by the simulation');
  }

  stop(): void {
    if (this.state !== 'running') return;
    this.state = 'stopped';
    this.#gate = new Promise((resolve) => {
      this.#goOn = resolve;
    });
  }

  goOn(): void {
    if (this.state !== 'stopped') return;
    this.state = 'running';
    this.#goOn();
  }

  kill(): void {
    if (this.state === 'left') return;
    this.state = 'killed';
    this.#goOn();
    // So that what it waits for in memory ends, too.
    this.#leaving.abort();
  }

  leave(): void {
    if (this.state !== 'running') return;
    this.state = 'left';
    this.#leaving.abort();
  }
}

/** The store as one projector reaches it. */
class GatedReadStore extends FailingReadStore {
  constructor(
    private readonly simulation: ProjectorSimulation,
    private readonly projector: SimulatedProjector,
  ) {
    super(gated(simulation.options.readStore, projector), {});
  }

  override async write(batch: WriteBatch): Promise<void> {
    const { simulation } = this;
    const { readStore, synchronous } = simulation.options;
    await this.projector.pass();
    const written = readStore.write(batch);
    if (!synchronous || batch.documents.length === 0) {
      await written;
      return this.projector.pass();
    }
    const group = readStore.projectorGroup();
    await written;
    const { generation, open } = await group;
    const session = generation.sessions.find(({ id }) => id === batch.session);
    const own = session !== undefined && open.has(session.id) ? session.partitions : [];
    const strange = batch.documents.filter((document) => !own.includes(simulation.partitionOf(document)));
    simulation.owned += 1;
    if (strange.length > 0) simulation.trespasses.push(`${batch.session}: ${strange.map(({ key }) => key.join())}`);
    await this.projector.pass();
  }

  override async renewMember(member: ProjectorMember): Promise<void> {
    await super.renewMember(member);
    this.simulation.renewals.set(member.id, this.simulation.clock.milliseconds);
  }

  override async projectorGroup(): Promise<ProjectorGroupState> {
    const state = await super.projectorGroup();
    const now = this.simulation.clock.milliseconds;
    const { renewals } = this.simulation;
    return { ...state, members: state.members.map((each) => ({ ...each, age: now - (renewals.get(each.id) ?? 0) })) };
  }
}

/** Each call waits before and after it while the projector is stopped. */
function gated(store: ReadStore, projector: SimulatedProjector): ReadStore {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...values: unknown[]) => {
        await projector.pass();
        const answer: unknown = await member.apply(target, values);
        await projector.pass();
        return answer;
      };
    },
  });
}
