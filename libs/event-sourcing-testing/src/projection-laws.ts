import { describe, expect } from '@jest/globals';
import fc from 'fast-check';
import {
  checkpointName,
  type EventTypeRegistry,
  type Projection,
  partitionOf,
  type ReadStore,
  type RecordedEvent,
} from '#event-sourcing';
import { type CallFault, type CallPlan, FailingReadStore, type FailurePlan } from './failing-read-store.js';
import { InMemoryEventStore } from './in-memory-event-store.js';
import { lawCase, lawRuns, type OpenedReadStore } from './law-case.js';
import {
  type ComparableModel,
  expectedModel,
  type RunSettings,
  registryOf,
  runTo,
  runToDespiteKills,
  storedModel,
} from './projection-runs.js';
import type { StreamFact } from './recorded-history.js';

export interface ProjectionLawsOptions {
  /** Histories a law; default: {@link lawRuns}. */
  readonly runs?: number;
  /** Where the history holds older versions of events; by default its types are the newest. */
  readonly registry?: EventTypeRegistry;
  /** Whether batches may be cut off in the middle, as on stores without transactions; default true. */
  readonly tears?: boolean;
}

/** Milliseconds a history. */
const PATIENCE = 2_000;

type Settings = Pick<RunSettings, 'batchSize' | 'cacheBytes' | 'coalesce'>;

/** From pages of one event to one page, from forgetting everything after each write to forgetting nothing. */
const arbitrarySettings: fc.Arbitrary<Required<Settings>> = fc.record({
  batchSize: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 7, max: 40 })),
  cacheBytes: fc.constantFrom(0, 0, 1_500, 1_000_000),
  coalesce: fc.record({
    events: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 9, max: 40 })),
    documents: fc.integer({ min: 1, max: 30 }),
  }),
});

function arbitraryPlan(tears: boolean): fc.Arbitrary<FailurePlan> {
  const fault = (kinds: readonly CallFault['kind'][]) =>
    fc.record({ fault: fc.record({ kind: fc.constantFrom(...kinds), seed: fc.nat(1_000), kills: fc.boolean() }) });
  const fine = fc.constant<CallPlan>({});
  const write = fault(['refused', 'unanswered', ...(tears ? (['torn', 'torn'] as const) : [])]);
  return fc.record({
    writes: fc.array(fc.oneof(fine, write), { maxLength: 30, size: 'max' }),
    reads: fc.array(fc.oneof({ weight: 8, arbitrary: fine }, { weight: 1, arbitrary: fault(['refused']) }), {
      maxLength: 40,
    }),
  });
}

const turns = fc.array(fc.record({ turns: fc.nat(3) }), { maxLength: 60, size: 'max' });
const arbitraryTurns: fc.Arbitrary<FailurePlan> = fc.record({ writes: turns, reads: turns });

/**
 * Registers the laws that hold for every projection, as Jest cases: whatever way a history comes, and whatever happens
 * meanwhile, the read models are what the plain model {@link projected} makes of it.
 * @param arbitraryHistory facts in the order in which they are recorded
 * @param openReadStore called for each history
 */
export function projectionLaws(
  name: string,
  projections: readonly Projection[],
  arbitraryHistory: fc.Arbitrary<readonly StreamFact[]>,
  openReadStore: () => Promise<OpenedReadStore>,
  { runs = lawRuns(), registry, tears = true }: ProjectionLawsOptions = {},
): void {
  function law<Means>(
    title: string,
    means: fc.Arbitrary<Means>,
    check: (history: RecordedEvent[], means: Means, run: LawRun) => Promise<void>,
  ): void {
    const trial = { name, runs, patience: PATIENCE, history: arbitraryHistory, means, openReadStore };
    lawCase(title, trial, (events, chosen, readStore) => {
      const known = registry ?? registryOf(projections, events);
      return check(events, chosen, {
        readStore,
        eventStore: new InMemoryEventStore(events),
        projections,
        registry: known,
      });
    });
  }

  describe(`${name} obey the laws of projections`, () => {
    law('batch ≡ single', arbitrarySettings, async (events, settings, run) => {
      await runTo(endOf(events), { ...run, ...settings });
      await expectModels(run, events);
    });

    law('replay ≡ live', fc.tuple(arbitrarySettings, sizes()), async (events, [settings, chunks], run) => {
      const eventStore = new InMemoryEventStore();
      const waiting = chunked(events, chunks);
      let end = 0n;
      const next = () => {
        const chunk = waiting.shift() ?? [];
        end = endOf(chunk);
        // Not from within the runner's call.
        setImmediate(() => eventStore.record(chunk));
      };
      const onProgress: RunSettings['onProgress'] = ({ caughtUp, position }) => {
        if (caughtUp && position >= end && waiting.length > 0) next();
      };
      await runTo(endOf(events), { ...run, ...settings, eventStore, onProgress });
      await expectModels(run, events);
    });

    const repeats = fc.array(
      fc.record({ upTo: fc.nat(60), from: fc.array(fc.nat(60), { minLength: 1, maxLength: 4 }) }),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    law('twice ≡ once', fc.tuple(arbitrarySettings, repeats), async (events, [settings, rounds], run) => {
      for (const { upTo, from } of rounds.sort((a, b) => a.upTo - b.upTo)) {
        const part = events.slice(0, upTo);
        const eventStore = new InMemoryEventStore(part);
        await runTo(endOf(part), { ...run, ...settings, eventStore });
        // Each projection has lost its checkpoint back to a place of its own.
        const places = from.map((place) => part[place]?.position ?? 0n);
        const readStore = new ForgetfulReadStore(run.readStore, places);
        await runTo(endOf(part), { ...run, ...settings, eventStore, readStore });
        await runTo(endOf(events), { ...run, ...settings, readStore });
      }
      await expectModels(run, events);
    });

    const shuffled = fc.tuple(arbitrarySettings, fc.array(fc.nat(63), { maxLength: 60 }));
    law('any interleaving of partitions ≡ serial', shuffled, async (events, [settings, choices], run) => {
      const other = interleaved(events, choices);
      const eventStore = new InMemoryEventStore(other);
      await runTo(endOf(other), { ...run, ...settings, eventStore });
      const stored = await expectModels(run, other);
      // Where a document holds an event's position, that is its place in the order that was chosen.
      const places = new Map(other.map(({ id, position }) => [id, position]));
      const serial = events.map((event) => run.registry.upcast({ ...event, position: places.get(event.id) ?? 0n }));
      const models = projections.map((projection) => expectedModel(projection, serial).model);
      expect(named(projections, stored.map(fieldsOf))).toEqual(named(projections, models.map(fieldsOf)));
    });

    const kills = fc.tuple(arbitrarySettings, arbitraryPlan(tears));
    law('killed anywhere and resumed ≡ uninterrupted', kills, async (events, [settings, plan], run) => {
      const readStore = new FailingReadStore(run.readStore, plan);
      await runToDespiteKills(endOf(events), { ...run, ...settings, readStore });
      await expectModels(run, events);
    });

    const pairs = fc.tuple(arbitrarySettings, arbitrarySettings, arbitraryTurns, arbitraryTurns);
    law('two at once ≡ one', pairs, async (events, [one, other, turns, otherTurns], run) => {
      const end = endOf(events);
      await Promise.all([
        runTo(end, { ...run, ...one, readStore: new FailingReadStore(run.readStore, turns) }),
        runTo(end, { ...run, ...other, readStore: new FailingReadStore(run.readStore, otherTurns) }),
      ]);
      await expectModels(run, events);
    });
  });
}

interface LawRun extends Pick<RunSettings, 'eventStore' | 'projections' | 'registry'> {
  readonly readStore: ReadStore;
}

/** Knows no checkpoint behind the places, which are dealt out in turn, as if the later ones had been lost. */
class ForgetfulReadStore extends FailingReadStore {
  constructor(
    store: ReadStore,
    private readonly places: readonly bigint[],
  ) {
    super(store, {});
  }

  override async checkpoints() {
    const known = await super.checkpoints();
    return known.map((each, index) => {
      const place = this.places[index % this.places.length] ?? 0n;
      return each.position > place ? { ...each, position: place } : each;
    });
  }
}

/** @returns what the store holds of each projection */
async function expectModels(
  { readStore, projections, registry }: LawRun,
  history: RecordedEvent[],
): Promise<readonly ComparableModel[]> {
  const upcast = history.map((event) => registry.upcast(event));
  const end = endOf(history);
  const stored = await Promise.all(projections.map((projection) => storedModel(readStore, projection)));
  const expected = projections.map((projection) => expectedModel(projection, upcast));
  const models = expected.map(({ model }) => model);
  expect(named(projections, stored)).toEqual(named(projections, models));
  const expectedStops = expected.flatMap(({ stops: each }) => each.map((stop) => stop.join()));
  const stops = await readStore.quarantined();
  expect(
    stops
      .map(({ projection, stream, revision }) => `${projection.replace(/\.v\d+$/, '')},${stream},${revision}`)
      .sort(),
  ).toEqual(expectedStops.sort());
  const checkpoints = (await readStore.checkpoints()).map(({ position, projection }) => [projection, position]);
  const reached = end === 0n ? [] : projections.map((projection) => [checkpointName(projection), end]);
  expect(checkpoints.sort()).toEqual(reached.sort());
  return stored;
}

/** All in one, as one comparison is much cheaper than many. */
function named(projections: readonly Projection[], models: readonly object[]): Record<string, object | undefined> {
  return Object.fromEntries(projections.map((projection, index) => [checkpointName(projection), models[index]]));
}

function fieldsOf(model: ComparableModel): Record<string, unknown> {
  return Object.fromEntries(Object.entries(model).map(([key, [fields]]) => [key, fields]));
}

function endOf(history: readonly RecordedEvent[]): bigint {
  return history.at(-1)?.position ?? 0n;
}

function sizes(): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 12 });
}

function chunked(events: readonly RecordedEvent[], chunkSizes: readonly number[]): RecordedEvent[][] {
  const chunks: RecordedEvent[][] = [];
  for (let start = 0; start < events.length; ) {
    const size = chunkSizes[chunks.length % chunkSizes.length] ?? 1;
    chunks.push(events.slice(start, start + size));
    start += size;
  }
  return chunks;
}

/** The same events in another order, which each partition's events keep among themselves; with the log's positions. */
function interleaved(events: readonly RecordedEvent[], choices: readonly number[]): RecordedEvent[] {
  const partitions = new Map<number, RecordedEvent[]>();
  for (const event of events) {
    const partition = partitionOf(event.stream);
    partitions.set(partition, [...(partitions.get(partition) ?? []), event]);
  }
  const result: RecordedEvent[] = [];
  for (let step = 0; partitions.size > 0; step++) {
    const numbers = [...partitions.keys()];
    const chosen = numbers[(choices[step % choices.length] ?? 0) % numbers.length] ?? 0;
    const [first, ...others] = partitions.get(chosen) ?? [];
    if (first !== undefined) result.push({ ...first, position: events[result.length]?.position ?? 0n });
    if (others.length > 0) partitions.set(chosen, others);
    else partitions.delete(chosen);
  }
  return result;
}
