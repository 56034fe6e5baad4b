import type { DomainEvent, JsonObject, RecordedEvent } from '#event-sourcing';
import { sampleMetadata } from './sample-events.js';

/** A fact of a stream, to be recorded. */
export type StreamFact = readonly [stream: string, event: DomainEvent<string, object>];

/** The facts as a log has them, in this order, with positions 10, 20, 30 … */
export function recordedHistory(facts: readonly StreamFact[]): RecordedEvent[] {
  const revisions = new Map<string, number>();
  return facts.map(([stream, { type, data, occurredAt }], index) => {
    const revision = (revisions.get(stream) ?? -1) + 1;
    revisions.set(stream, revision);
    return {
      id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      type,
      data: data as JsonObject,
      metadata: sampleMetadata({ occurredAt, recordedAt: occurredAt }),
      stream,
      revision,
      position: BigInt(10 * (index + 1)),
    };
  });
}
