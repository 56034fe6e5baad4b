import type { EventToAppend, RecordedEvent } from '../event.js';
import { type EventStore, StoreUnavailable } from '../event-store.js';
import type { CommandOutcome, StoredCommandEvent } from './command-request.js';
import { patientRead } from './patient-read.js';
import type { AppendPatience } from './settled-append.js';
import type { KeyedEvents, StreamState } from './stream-state.js';

/** Reads back what commands have stored, to answer them. */
export class StoredCommands {
  constructor(
    private readonly store: EventStore,
    private readonly patience: AppendPatience,
  ) {}

  /**
   * Positions of the newest events of a stream. A store tells the last one's; where several commands shared the append, the
   * others follow from it or are read, so that a repeated command gets the same answer. They are stored by now: a store that
   * cannot be read at this moment must not turn them into a failure, and the last position, which no read model passes
   * earlier, serves as well.
   * @param state after them
   * @param shared whether they are several commands'
   */
  async positionsOf(
    stream: string,
    { revision, position }: Pick<StreamState, 'revision' | 'position'>,
    count: number,
    shared: boolean,
  ): Promise<bigint[]> {
    if (this.store.positionsFollow === true) {
      return Array.from({ length: count }, (_, index) => position - BigInt(count - 1 - index));
    }
    const positions = new Array<bigint>(count).fill(position);
    if (!shared) return positions;
    try {
      const stored = await this.#eventsOf(stream, revision - count + 1, count);
      return stored.map((event) => event.position);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      return positions;
    }
  }

  /** What a command with a key came to that is stored already. @throws StoreUnavailable */
  async outcomeOf(
    stream: string,
    { first, count }: KeyedEvents,
    requestHash: string | undefined,
  ): Promise<CommandOutcome> {
    const events = await this.#eventsOf(stream, first, count);
    const last = events.at(-1);
    if (last === undefined) throw new Error(`${stream} holds a key without events`);
    if (events[0]?.metadata.requestHash !== requestHash) return { outcome: 'key-reused' };
    return {
      outcome: 'accepted',
      revision: last.revision,
      position: last.position,
      events: events.map(storedEvent),
      replayed: true,
    };
  }

  #eventsOf(stream: string, first: number, count: number): Promise<RecordedEvent[]> {
    return patientRead(async () => {
      const events: RecordedEvent[] = [];
      for await (const event of this.store.readStream(stream, { from: first, limit: count })) events.push(event);
      // They are stored: a server that was started a moment ago, or follows another, may not show them yet.
      if (events.length < count) throw new StoreUnavailable('The event store does not show all that it has stored.');
      return events;
    }, this.patience);
  }
}

export function storedEvent({ id, type, data, metadata }: EventToAppend): StoredCommandEvent {
  return { eventId: id, type, data, occurredAt: metadata.occurredAt };
}
