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
/** In milliseconds. */
const INTERVAL = 1_000;

const COMPLAINT =
  'The read models hold an event that the log does not have: they are those of another log, or of a later state of this ' +
  'one that was put back to an earlier. Move them away; they are made anew.';

/**
 * Ties the read models to the log that they are made of. A log that was put back to an earlier state gives positions out a
 * second time: to read models that are ahead of it, what it records then would be known already, and never shown.
 */
export class LogAnchor {
  #noted = 0n;
  #notedAt = Number.NEGATIVE_INFINITY;

  /** @param clock in milliseconds, never going back */
  constructor(
    private readonly eventStore: Pick<EventStore, 'head' | 'readAll'>,
    private readonly readStore: Pick<ReadStore, 'prepare' | 'getMany' | 'write'>,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** @throws StoreUnavailable also where the read models hold an event that the log does not have */
  async check(): Promise<void> {
    await this.readStore.prepare([LOG_ANCHORS]);
    const [anchor] = await this.readStore.getMany(LOG_ANCHORS.name, [NEWEST]);
    if (anchor === undefined) return;
    const event = await this.#newestUpTo(anchor.position);
    if (event?.position !== anchor.position || event.id !== anchor.document.eventId) {
      throw new StoreUnavailable(COMPLAINT);
    }
  }

  /**
   * Told how far the read models have got; writes it down about once a second, and always when `now` says so.
   * @throws StoreUnavailable
   */
  async note(position: bigint, now = false): Promise<void> {
    if (position <= this.#noted || (!now && this.clock() - this.#notedAt < INTERVAL)) return;
    this.#noted = position;
    this.#notedAt = this.clock();
    const event = await this.#newestUpTo(position);
    if (event === undefined) return;
    await this.readStore.write({
      documents: [
        { collection: LOG_ANCHORS.name, key: NEWEST, position: event.position, document: { eventId: event.id } },
      ],
      checkpoints: [],
    });
  }

  async #newestUpTo(position: bigint): Promise<RecordedEvent | undefined> {
    const head = (await this.eventStore.head()) ?? 0n;
    const from = position < head ? position : head;
    for await (const event of this.eventStore.readAll({ direction: 'backwards', from, limit: 1 })) return event;
    return undefined;
  }
}
