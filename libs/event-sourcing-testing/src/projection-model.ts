import {
  type Document,
  type DocumentKey,
  type DocumentProjection,
  type Projection,
  partitionOf,
  type ReadStore,
  type RecordedEvent,
  type RunningTotalsProjection,
} from '#event-sourcing';

/** A document of a read model, with its key and the position of the newest event in it. */
export interface ModelDocument {
  readonly key: DocumentKey;
  readonly document: Document;
  readonly position: bigint;
}

/** What a projection makes of a history, worked out in the plainest way: event by event, nothing cached, nothing stored. */
export function projected(projection: Projection, history: readonly RecordedEvent[]): ModelDocument[] {
  const events = history.filter(({ type }) => projection.events.includes(type));
  return projection.kind === 'documents' ? foldedDocuments(projection, events) : runningTotalRows(projection, events);
}

function foldedDocuments(projection: DocumentProjection, events: readonly RecordedEvent[]): ModelDocument[] {
  const documents = new Map<string, ModelDocument>();
  for (const event of events) {
    // A document that is named twice is changed once.
    const keys = new Map(projection.keys(event, partitionOf(event.stream)).map((key) => [keyText(key), key]));
    for (const [name, key] of keys) {
      const before = documents.get(name)?.document;
      const document = projection.fold(before, event, key);
      if (document === null) documents.delete(name);
      else if (document !== before) documents.set(name, { key, document, position: event.position });
    }
  }
  return [...documents.values()];
}

function runningTotalRows(projection: RunningTotalsProjection, events: readonly RecordedEvent[]): ModelDocument[] {
  const postings = events.flatMap((event) =>
    projection.postings(event).map((posting) => ({ ...posting, subject: projection.subjectOf(event), event })),
  );
  const rows = new Map(postings.map(({ subject, day }) => [`${subject} ${day}`, { subject, day }]));
  return [...rows.values()].map(({ subject, day }) => {
    const own = postings.filter((posting) => posting.subject === subject && posting.day <= day);
    const totals = projection.totals.map((total) => [
      total,
      own.reduce((sum, { amounts }) => sum + (amounts[total] ?? 0n), 0n),
    ]);
    return {
      key: [subject, BigInt(day)],
      document: { [projection.subject]: subject, day: BigInt(day), ...Object.fromEntries(totals) },
      position: own.reduce((newest, { event }) => (event.position > newest ? event.position : newest), 0n),
    };
  });
}

/** Puts what the projections make of a history into a read store, for tests of what is asked of it. */
export async function storeProjected(
  store: ReadStore,
  projections: readonly Projection[],
  history: readonly RecordedEvent[],
): Promise<void> {
  await store.prepare(projections.map(({ collection }) => collection));
  for (const projection of projections) {
    const documents = projected(projection, history).map((each) => ({
      collection: projection.collection.name,
      ...each,
    }));
    await store.write({ documents, checkpoints: [] });
  }
}

function keyText(key: DocumentKey): string {
  return JSON.stringify(key.map((part) => (typeof part === 'bigint' ? `${part}n` : part)));
}
