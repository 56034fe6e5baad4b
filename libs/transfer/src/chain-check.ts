import { type EventMetadata, eventHash, type RecordedEvent } from '#event-sourcing';

/** What is wrong with one event, after the words "revision 7 of the stream account-acme". */
export interface ChainFault {
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
  readonly code: 'revision-gap' | 'broken-link' | 'altered' | 'time-reversed' | 'duplicate-id';
  /** Begins in lower case and ends without a full stop. */
  readonly complaint: string;
}

interface StreamEnd {
  readonly revision: number;
  readonly hash: string;
  readonly recordedAt: string;
}

const NO_EVENTS: StreamEnd = { revision: -1, hash: '', recordedAt: '' };

/** Reads one event; `undefined` where there is none. */
export type EventAt = (stream: string, revision: number) => Promise<RecordedEvent | undefined>;

/**
 * Checks the events of a log one after the other: revisions without gaps, each hash recomputed and linked to the one
 * before, times of record that never decrease. Keeps the end of every stream it has met, some 300 bytes each.
 */
export class ChainCheck {
  readonly #ends = new Map<string, StreamEnd>();
  readonly #eventAt: EventAt | undefined;

  /** @param eventAt gives the event before the first one of a stream, where the walk does not begin at the log's start */
  constructor(eventAt?: EventAt) {
    this.#eventAt = eventAt;
  }

  /** Streams met. */
  get streams(): number {
    return this.#ends.size;
  }

  /** The first thing wrong with the event; the next one of its stream is held against it nevertheless. */
  async fault(event: RecordedEvent): Promise<ChainFault | undefined> {
    const { stream, revision, position, metadata } = event;
    const end = this.#ends.get(stream) ?? (await this.#endBefore(stream, revision));
    this.#ends.set(stream, { revision, hash: metadata.hash, recordedAt: metadata.recordedAt });
    const found = complaintOf(event, end);
    return found && { stream, revision, position, ...found };
  }

  async #endBefore(stream: string, revision: number): Promise<StreamEnd> {
    const event = revision > 0 ? await this.#eventAt?.(stream, revision - 1) : undefined;
    if (event === undefined) return NO_EVENTS;
    return { revision: event.revision, hash: event.metadata.hash, recordedAt: event.metadata.recordedAt };
  }
}

/** The hash that the event must carry. */
export function recomputedHash(event: RecordedEvent): string {
  const { hash: _, ...unhashed }: EventMetadata = event.metadata;
  return eventHash(event, unhashed);
}

function complaintOf(event: RecordedEvent, end: StreamEnd): Pick<ChainFault, 'code' | 'complaint'> | undefined {
  const { metadata, revision } = event;
  if (revision !== end.revision + 1) {
    return {
      code: 'revision-gap',
      complaint: `follows revision ${end.revision}, so that events are missing or doubled`,
    };
  }
  if (metadata.prevHash !== end.hash) {
    return { code: 'broken-link', complaint: 'is not linked to the event before it' };
  }
  if (metadata.hash !== recomputedHash(event)) {
    return { code: 'altered', complaint: 'was altered: its hash is not that of its content' };
  }
  if (metadata.recordedAt < end.recordedAt) {
    return { code: 'time-reversed', complaint: `was recorded at ${metadata.recordedAt}, before the event before it` };
  }
  return undefined;
}
