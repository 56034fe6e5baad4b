import { describe, expect } from '@jest/globals';
import fc from 'fast-check';
import {
  checkpointName,
  type DiscardedEvents,
  type Projection,
  type ReadStore,
  type RecordedEvent,
  spansStreams,
} from '#event-sourcing';
import { type CallPlan, FailingReadStore } from './failing-read-store.js';
import { InMemoryEventStore } from './in-memory-event-store.js';
import { lawCase, lawRuns, type OpenedReadStore } from './law-case.js';
import { expectedModel, registryOf, runToDespiteKills, storedModel } from './projection-runs.js';
import type { StreamFact } from './recorded-history.js';

/** Milliseconds a history. */
const PATIENCE = 3_000;
const REQUESTED_AT = '2026-01-02T00:00:00.000Z';

interface Means {
  /** Events already there when the streams are tried again. */
  readonly first: number;
  /** Picks the events that are failed at before the fix. */
  readonly seed: number;
  readonly batchSize: number;
  readonly cacheBytes: number;
  /** What goes wrong with the writes of the second run, in which the streams are tried again. */
  readonly writes: readonly CallPlan[];
}

const fault = fc.record({
  fault: fc.record({
    kind: fc.constantFrom('refused' as const, 'unanswered' as const, 'torn' as const),
    seed: fc.nat(1_000),
    kills: fc.boolean(),
  }),
});
const means: fc.Arbitrary<Means> = fc.record({
  first: fc.nat(60),
  seed: fc.nat(1_000),
  batchSize: fc.integer({ min: 1, max: 12 }),
  cacheBytes: fc.constantFrom(0, 1_500, 1_000_000),
  writes: fc.array(fc.oneof(fc.constant<CallPlan>({}), fault), { maxLength: 12 }),
});

/**
 * Registers the laws of quarantine, as Jest cases, for projections whose documents each hold one stream. @param projections
 * some of which fail for some events of the history for good
 */
export function quarantineLaws(
  name: string,
  projections: readonly Projection[],
  arbitraryHistory: fc.Arbitrary<readonly StreamFact[]>,
  openReadStore: () => Promise<OpenedReadStore>,
  { runs = lawRuns() }: { readonly runs?: number } = {},
): void {
  const redrivable = projections.filter((projection) => !spansStreams(projection));

  const trial = { name, runs, patience: PATIENCE, history: arbitraryHistory, means, openReadStore };

  function run(
    events: readonly RecordedEvent[],
    { batchSize, cacheBytes }: Means,
    readStore: ReadStore,
    kept: readonly Projection[],
    discarded: DiscardedEvents = new Map(),
  ): Promise<void> {
    const registry = registryOf(kept, events);
    const eventStore = new InMemoryEventStore(events);
    const settings = {
      readStore,
      eventStore,
      registry,
      projections: kept,
      discarded: async () => discarded,
      batchSize,
      cacheBytes,
    };
    return runToDespiteKills(events.at(-1)?.position ?? 0n, settings);
  }

  describe(`${name} obey the laws of quarantine`, () => {
    lawCase('stopped, fixed and tried again ≡ never stopped', trial, async (history, chosen, store) => {
      const broken = redrivable.map((projection) => brokenProjection(projection, chosen.seed));
      const part = history.slice(0, chosen.first);
      await run(part, chosen, store, broken);
      for (const { projection, stream } of await store.quarantined()) {
        await store.requestRedrive(projection, stream, REQUESTED_AT);
      }
      await run(history, chosen, new FailingReadStore(store, { writes: chosen.writes }), redrivable);
      await expectModels(store, redrivable, () => history);
    });

    lawCase('a discarded event ≡ the log without it', trial, async (history, chosen, store) => {
      const discarded = new Map<string, Set<string>>();
      let events: readonly RecordedEvent[] = history.slice(0, chosen.first);
      await run(events, chosen, store, redrivable);
      events = history;
      for (let round = 0; ; round++) {
        const parked = await store.quarantined();
        for (const { projection, stream, eventId } of parked) {
          const { name: own } = redrivable.find((each) => checkpointName(each) === projection) as Projection;
          discarded.set(own, (discarded.get(own) ?? new Set()).add(eventId));
          await store.requestRedrive(projection, stream, REQUESTED_AT);
        }
        const writes = round === 0 ? chosen.writes : [];
        await run(events, chosen, new FailingReadStore(store, { writes }), redrivable, discarded);
        if (parked.length === 0 && (await store.quarantined()).length === 0) break;
        if (round > history.length)
          throw new Error(
            `a discarded event is parked again: ${JSON.stringify(parked.map(({ projection, stream, revision, error }) => [projection, stream, revision, error]))}`,
          );
      }
      await expectModels(store, redrivable, ({ name: own }) =>
        history.filter(({ id }) => discarded.get(own)?.has(id) !== true),
      );
      expect(await store.quarantined()).toEqual([]);
    });
  });
}

/** The projection as long as it has a mistake, for which it fails at some events. */
function brokenProjection(projection: Projection, seed: number): Projection {
  const fails = ({ position }: RecordedEvent) => (Number(position) * 7 + seed) % 5 === 0;
  const failing = <Values extends readonly unknown[], Result>(
    work: (...values: Values) => Result,
    eventOf: (values: Values) => RecordedEvent,
  ) => {
    return (...values: Values): Result => {
      if (fails(eventOf(values))) throw new Error('a mistake');
      return work(...values);
    };
  };
  return projection.kind === 'documents'
    ? { ...projection, fold: failing(projection.fold.bind(projection), (values) => values[1]) }
    : { ...projection, postings: failing(projection.postings.bind(projection), (values) => values[0]) };
}

async function expectModels(
  store: ReadStore,
  projections: readonly Projection[],
  historyOf: (projection: Projection) => readonly RecordedEvent[],
): Promise<void> {
  const stops: string[] = [];
  for (const projection of projections) {
    const expected = expectedModel(projection, historyOf(projection));
    const stored = await storedModel(store, projection);
    expect({ [projection.name]: stored }).toEqual({ [projection.name]: expected.model });
    stops.push(...expected.stops.map(([, stream, revision]) => `${checkpointName(projection)} ${stream} ${revision}`));
  }
  const parked = await store.quarantined();
  expect(parked.map((each) => `${each.projection} ${each.stream} ${each.revision}`).sort()).toEqual(stops.sort());
  expect(parked.filter(({ redriveRequestedAt }) => redriveRequestedAt !== undefined)).toEqual([]);
}
