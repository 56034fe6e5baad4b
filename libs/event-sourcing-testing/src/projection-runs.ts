import { setImmediate } from 'node:timers/promises';
import {
  EventTypeRegistry,
  type Projection,
  ProjectionRunner,
  type ProjectionRunnerOptions,
  type ReadStore,
  type RecordedEvent,
  storedDocument,
} from '#event-sourcing';
import { Killed } from './failing-read-store.js';
import { type ModelDocument, projected } from './projection-model.js';

export type RunSettings = Pick<ProjectionRunnerOptions, 'eventStore' | 'readStore' | 'projections' | 'registry'> &
  Partial<ProjectionRunnerOptions>;

/** A read model as it can be compared: by key its fields as they are stored, and the position. */
export type ComparableModel = Readonly<Record<string, readonly [fields: unknown, position: bigint]>>;

/** A stream that a projection stops at. */
export type Stop = readonly [projection: string, stream: string, revision: number];

/** Runs a runner until the read models are at this position; the clock stands and delays take no time. */
export async function runTo(end: bigint, settings: RunSettings): Promise<void> {
  const stop = new AbortController();
  const runner = new ProjectionRunner({
    now: () => '2026-01-01T00:00:00.000Z',
    sleep: () => setImmediate(),
    ...settings,
    onProgress: (status) => {
      settings.onProgress?.(status);
      if (status.caughtUp && status.position >= end) stop.abort();
    },
  });
  await runner.run(stop.signal);
}

/** The same, and begins anew as often as it is killed. */
export async function runToDespiteKills(end: bigint, settings: RunSettings): Promise<void> {
  for (;;) {
    try {
      return await runTo(end, settings);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
}

/** Knows what occurs in the history and what the projections take. */
export function registryOf(
  projections: readonly Projection[],
  history: readonly RecordedEvent[] = [],
): EventTypeRegistry {
  const types = new Set([...projections.flatMap(({ events }) => events), ...history.map(({ type }) => type)]);
  return new EventTypeRegistry([{ types: [...types] }]);
}

/** What the store holds of a projection. */
export async function storedModel(readStore: ReadStore, projection: Projection): Promise<ComparableModel> {
  const { name, key } = projection.collection;
  const documents = await readStore.find(name);
  if (documents.length === 0) return {};
  const keys = documents.map((document) => key.map((field) => document[field] as string | bigint));
  const stored = await readStore.getMany(name, keys);
  return comparable(
    projection,
    // Not there any more: somebody took it away between the two questions.
    stored.flatMap((each, index) =>
      each === undefined ? [] : [{ key: keys[index] ?? [], document: each.document, position: each.position }],
    ),
  );
}

/** What the projection makes of the history where an event that it cannot take holds back its stream from there on. */
export function expectedModel(
  projection: Projection,
  history: readonly RecordedEvent[],
): { readonly model: ComparableModel; readonly stops: readonly Stop[] } {
  try {
    return { model: comparable(projection, projected(projection, history)), stops: [] };
  } catch {
    return expectedModelWithStops(projection, history);
  }
}

function expectedModelWithStops(projection: Projection, history: readonly RecordedEvent[]) {
  const stops = new Map<string, Stop>();
  let taken: readonly RecordedEvent[] = [];
  let model: ComparableModel = {};
  for (const event of history) {
    if (stops.has(event.stream)) continue;
    try {
      model = comparable(projection, projected(projection, [...taken, event]));
      taken = [...taken, event];
    } catch {
      stops.set(event.stream, [projection.name, event.stream, event.revision]);
    }
  }
  return { model, stops: [...stops.values()] };
}

function comparable({ collection }: Projection, documents: readonly ModelDocument[]): ComparableModel {
  return Object.fromEntries(
    documents.map(({ key, document, position }) => [
      JSON.stringify(key.map(String)),
      [storedDocument(collection, key, document), position],
    ]),
  );
}
