import { afterAll, describe, expect } from '@jest/globals';
import fc from 'fast-check';
import { checkpointName, type Projection, type ReadStore, type RecordedEvent } from '#event-sourcing';
import { InMemoryEventStore } from './in-memory-event-store.js';
import { lawCase, lawRuns, type OpenedReadStore } from './law-case.js';
import { expectedModel, registryOf, storedModel } from './projection-runs.js';
import type { StreamFact } from './recorded-history.js';
import { ProjectorSimulation } from './simulated-projectors.js';

export interface ProjectorLawsOptions {
  /** Histories; default: {@link lawRuns}. */
  readonly runs?: number;
  /** Whether a call of the store is done when it gives its promise, so that it can be seen who owned what right then. */
  readonly synchronous: boolean;
}

/** What happens to the group, one thing behind the other. */
type Incident =
  | { readonly kind: 'join' }
  | { readonly kind: 'stop' | 'go-on' | 'kill' | 'leave'; readonly which: number }
  | { readonly kind: 'events'; readonly count: number }
  | { readonly kind: 'time'; readonly milliseconds: number };

interface Course {
  readonly incidents: readonly (Incident & { readonly turns: number })[];
  readonly seeDead: boolean;
  readonly runner: { readonly batchSize: number; readonly cacheBytes: number };
}

/** Milliseconds a history. */
const PATIENCE = 3_000;
const MOST_PROJECTORS = 5;
const LAST_ROUNDS = 400;

const which = fc.nat(MOST_PROJECTORS - 1);
const incident: fc.Arbitrary<Incident> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ kind: 'join' } as const) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('stop' as const), which }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('go-on' as const), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('kill' as const, 'leave' as const), which }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('events' as const), count: fc.integer({ min: 1, max: 12 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('time' as const),
      milliseconds: fc.constantFrom(300, 1_100, 2_500, 6_000),
    }),
  },
);
const course: fc.Arbitrary<Course> = fc.record({
  incidents: fc.array(
    fc.tuple(incident, fc.nat(12)).map(([each, turns]) => ({ ...each, turns })),
    { minLength: 5, maxLength: 40, size: 'max' },
  ),
  seeDead: fc.boolean(),
  runner: fc.record({ batchSize: fc.integer({ min: 1, max: 12 }), cacheBytes: fc.constantFrom(0, 1_500, 1_000_000) }),
});

/**
 * Registers the law of projectors that share their work, as a Jest case: whoever joins, stops, goes on, is killed or
 * leaves, whenever, no document is written by one whose partition is another's, no event is passed by the position that
 * is told, and in the end the read models are those of a plain run over the whole history.
 */
export function projectorLaws(
  name: string,
  projections: readonly Projection[],
  arbitraryHistory: fc.Arbitrary<readonly StreamFact[]>,
  openReadStore: () => Promise<OpenedReadStore>,
  { runs = lawRuns(), synchronous }: ProjectorLawsOptions,
): void {
  describe(`${name} obey the law of projectors`, () => {
    const trial = { name, runs, patience: PATIENCE, history: arbitraryHistory, means: course, openReadStore };
    const title = 'any number of projectors that come, stop, go on and die ≡ one';
    let looked = 0;
    lawCase(
      synchronous ? `${title}, and none writes what is another’s` : title,
      trial,
      async (history, chosen, store) => {
        const drama = new Drama(store, projections, history, chosen, synchronous);
        await drama.play();
        looked += drama.writesLookedAt;
      },
    );
    if (synchronous) afterAll(() => expect(looked).toBeGreaterThan(0));
  });
}

/** One history with all that happens to the group meanwhile. */
class Drama {
  readonly #simulation: ProjectorSimulation;
  readonly #eventStore = new InMemoryEventStore();
  readonly #waiting: RecordedEvent[];
  readonly #watermarks = new Map<string, bigint>();

  constructor(
    private readonly store: ReadStore,
    private readonly projections: readonly Projection[],
    private readonly history: readonly RecordedEvent[],
    private readonly course: Course,
    synchronous: boolean,
  ) {
    this.#waiting = [...history];
    this.#simulation = new ProjectorSimulation({
      readStore: store,
      eventStore: this.#eventStore,
      registry: registryOf(projections, history),
      projections,
      runner: course.runner,
      seeDead: course.seeDead,
      synchronous,
    });
  }

  /** Writes of which it was seen who owned what just then. */
  get writesLookedAt(): number {
    return this.#simulation.owned;
  }

  async play(): Promise<void> {
    this.#simulation.join();
    try {
      for (const incident of this.course.incidents) {
        this.#happen(incident);
        await this.#simulation.turns(incident.turns);
        await this.#expectWatermarks();
      }
      await this.#comeToTheEnd();
    } finally {
      for (const projector of this.#simulation.projectors) {
        projector.goOn();
        projector.leave();
      }
      await this.#letEnd();
    }
    await this.#expectModels();
    expect(this.#simulation.trespasses).toEqual([]);
  }

  #happen(incident: Incident): void {
    const { clock, projectors } = this.#simulation;
    if (incident.kind === 'join') {
      if (projectors.length < MOST_PROJECTORS) this.#simulation.join();
    } else if (incident.kind === 'events') this.#eventStore.record(this.#waiting.splice(0, incident.count));
    else if (incident.kind === 'time') clock.advance(incident.milliseconds);
    else {
      const projector = projectors[incident.which % projectors.length];
      if (incident.kind === 'stop') projector?.stop();
      if (incident.kind === 'go-on') projector?.goOn();
      if (incident.kind === 'kill') projector?.kill();
      if (incident.kind === 'leave') projector?.leave();
    }
  }

  /** Who is stopped stays so, past its lease; somebody who is not is there. */
  async #comeToTheEnd(): Promise<void> {
    this.#simulation.join();
    this.#eventStore.record(this.#waiting.splice(0));
    const end = this.history.at(-1)?.position ?? 0n;
    for (let round = 0; round < LAST_ROUNDS; round++) {
      this.#simulation.clock.advance(500);
      await this.#simulation.turns(10);
      await this.#expectWatermarks();
      if (this.projections.every((projection) => (this.#watermarks.get(checkpointName(projection)) ?? 0n) >= end))
        return;
    }
    throw new Error('the projectors do not come to the end of the log');
  }

  async #letEnd(): Promise<void> {
    let ended = false;
    const all = Promise.all(this.#simulation.projectors.map((each) => each.ended)).finally(() => {
      ended = true;
    });
    while (!ended) {
      this.#simulation.clock.advance(500);
      await this.#simulation.turns(5);
    }
    await all;
  }

  /** The positions told never move back, and everything up to them is in the documents. */
  async #expectWatermarks(): Promise<void> {
    const told = await this.store.checkpoints();
    for (const projection of this.projections) {
      const name = checkpointName(projection);
      const position = told.find((each) => each.projection === name)?.position ?? 0n;
      const before = this.#watermarks.get(name) ?? 0n;
      expect(position).toBeGreaterThanOrEqual(before);
      this.#watermarks.set(name, position);
      if (position === before) continue;
      const { model } = expectedModel(
        projection,
        this.history.filter((event) => event.position <= position),
      );
      const stored = await storedModel(this.store, projection);
      let whole: typeof model | undefined;
      for (const [key, [, newest]] of Object.entries(model)) {
        if (stored[key] === undefined) {
          // Taken away by an event behind it, perhaps.
          whole ??= expectedModel(projection, this.#recorded()).model;
          expect({ name, key, stays: whole[key]?.[1] === newest }).toEqual({ name, key, stays: false });
          continue;
        }
        const found = stored[key][1];
        expect({ name, key, found: found >= newest }).toEqual({ name, key, found: true });
      }
    }
  }

  #recorded(): readonly RecordedEvent[] {
    return this.history.slice(0, this.history.length - this.#waiting.length);
  }

  async #expectModels(): Promise<void> {
    const stops: string[] = [];
    for (const projection of this.projections) {
      const expected = expectedModel(projection, this.history);
      const stored = await storedModel(this.store, projection);
      expect({ [projection.name]: stored }).toEqual({ [projection.name]: expected.model });
      stops.push(
        ...expected.stops.map(([, stream, revision]) => `${checkpointName(projection)} ${stream} ${revision}`),
      );
    }
    const quarantined = (await this.store.quarantined()).map(
      (each) => `${each.projection} ${each.stream} ${each.revision}`,
    );
    expect(quarantined.sort()).toEqual(stops.sort());
  }
}
