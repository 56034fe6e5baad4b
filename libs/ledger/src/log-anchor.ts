import {
  type CollectionDefinition,
  type EventStore,
  type ReadStore,
  type RecordedEvent,
  StoreUnavailable,
} from '#event-sourcing';

/** The newest event that was seen in the read models, by its position; one document. */
const LOG_ANCHORS: CollectionDefinition = {
  name: 'log_anchors',
  fields: { name: 'text', eventId: 'text' },
  key: ['name'],
};
const NEWEST = ['newest'];

const COMPLAINT =
  'The read models hold an event that the log does not have: they are those of another log, or of a later state of this ' +
  'one that was put back to an earlier. Move them away; they are made anew.';

/**
 * Ties the read models to the log that they are made of. A log that was put back to an earlier state gives positions out a
 * second time: to read models that are ahead of it, what it records then would be known already, and never shown.
 */
export class LogAnchor {
  #noted = 0n;

  constructor(
    private readonly eventStore: Pick<EventStore, 'head' | 'readAll' | 'positionsFollow'>,
    private readonly readStore: Pick<ReadStore, 'prepare' | 'getMany' | 'write' | 'checkpoints'>,
  ) {}

  /** @throws StoreUnavailable also where the read models hold an event that the log does not have */
  async check(): Promise<void> {
    await this.readStore.prepare([LOG_ANCHORS]);
    const [anchor] = await this.readStore.getMany(LOG_ANCHORS.name, [NEWEST]);
    if (anchor !== undefined) {
      const event = await this.#newestUpTo(anchor.position);
      if (event?.position !== anchor.position || event.id !== anchor.document.eventId) {
        throw new StoreUnavailable(COMPLAINT);
      }
    }
    if (await this.#isAhead()) throw new StoreUnavailable(COMPLAINT);
  }

  /** Whether a projection has read on from where the log ends: the anchor is noted now and then only. */
  async #isAhead(): Promise<boolean> {
    // A server's log ends with events of its own, which are passed over here and have positions all the same.
    if (this.eventStore.positionsFollow !== true) return false;
    // Before the head, which goes on meanwhile.
    const checkpoints = await this.readStore.checkpoints();
    const head = (await this.eventStore.head()) ?? 0n;
    return checkpoints.some(({ position }) => position > head);
  }

  /**
   * Writes down how far the read models have got, where that is further than before.
   * @throws StoreUnavailable
   */
  async note(position: bigint): Promise<void> {
    if (position <= this.#noted) return;
    const event = await this.#newestUpTo(position);
    if (event !== undefined) {
      await this.readStore.write({
        documents: [
          { collection: LOG_ANCHORS.name, key: NEWEST, position: event.position, document: { eventId: event.id } },
        ],
        checkpoints: [],
      });
    }
    this.#noted = position;
  }

  async #newestUpTo(position: bigint): Promise<RecordedEvent | undefined> {
    const head = (await this.eventStore.head()) ?? 0n;
    const from = position < head ? position : head;
    for await (const event of this.eventStore.readAll({ direction: 'backwards', from, limit: 1 })) return event;
    return undefined;
  }
}
