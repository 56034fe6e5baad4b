import { randomUUID } from 'node:crypto';
import type { EventMetadata, EventToAppend, JsonObject } from '#event-sourcing';

const SOME_HASH = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

/** Metadata of an event like a ledger's; made anew for each, with ids of its own. */
export function sampleMetadata(changed: Partial<EventMetadata> = {}): EventMetadata {
  const commandId = randomUUID();
  return {
    $causationId: commandId,
    $correlationId: commandId,
    actor: 'somebody',
    commandId,
    hash: SOME_HASH,
    occurredAt: '2011-12-09T12:50:00.000Z',
    prevHash: '',
    recordedAt: '2011-12-09T12:50:00.123Z',
    role: 'sales',
    schema: 1,
    source: 'http',
    ...changed,
  };
}

/** An event with a fresh id, ready to be appended. */
export function sampleEvent(data: JsonObject = { amount: '12.50' }, type = 'sample-taken.v1'): EventToAppend {
  return { id: randomUUID(), type, data, metadata: sampleMetadata() };
}

/** So many events, numbered from 0 in their data. */
export function sampleEvents(count: number): EventToAppend[] {
  return Array.from({ length: count }, (_, number) => sampleEvent({ number }));
}

/** A stream's name that no other has. */
export function uniqueStream(): string {
  return `account-${randomUUID()}`;
}
