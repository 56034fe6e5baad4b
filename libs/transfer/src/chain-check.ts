import { type EventMetadata, type EventPlace, eventHash, type RecordedEvent } from '#event-sourcing';

/** What is wrong with one event, after the words "revision 7 of the stream account-acme". */
export interface ChainFault extends EventPlace {
  readonly code:
    | 'unreadable'
    | 'position-gap'
    | 'revision-gap'
    | 'broken-link'
    | 'altered'
    | 'time-reversed'
    | 'duplicate-id';
  /** Begins in lower case and ends without a full stop. */
  readonly complaint: string;
}

interface StreamEnd {
  readonly revision: number;
  /** `undefined` behind an event that cannot be read. */
  readonly hash: string | undefined;
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
    if (!isChained(metadata)) return this.unreadable(event, 'its metadata is not that of an event');
    const end = this.#ends.get(stream) ?? (await this.#endBefore(stream, revision));
    this.#ends.set(stream, { revision, hash: metadata.hash, recordedAt: metadata.recordedAt });
    const found = complaintOf(event, end);
    return found && { stream, revision, position, ...found };
  }

  /** The fault of an event that cannot be read; the next one of its stream must follow its revision, whatever its hash was. */
  unreadable({ stream, revision, position }: EventPlace, complaint: string): ChainFault {
    const { recordedAt } = this.#ends.get(stream) ?? NO_EVENTS;
    this.#ends.set(stream, { revision, hash: undefined, recordedAt });
    return { stream, revision, position, code: 'unreadable', complaint: `cannot be read: ${complaint}` };
  }

  async #endBefore(stream: string, revision: number): Promise<StreamEnd> {
    const event = revision > 0 ? await this.#eventAt?.(stream, revision - 1) : undefined;
    if (event === undefined) return NO_EVENTS;
    return { revision: event.revision, hash: event.metadata.hash, recordedAt: event.metadata.recordedAt };
  }
}

/** That events are missing before one, in a log whose positions follow one another; `last` is the position before it, or 0. */
export function positionGap({ stream, revision, position }: EventPlace, last: bigint): ChainFault | undefined {
  const missing = position - last - 1n;
  if (missing === 0n) return undefined;
  const place = `${last === 0n ? 'begins the log' : `follows position ${last}`} at position ${position}`;
  const lack = missing === 1n ? 'an event before it is' : `${missing} events before it are`;
  return { stream, revision, position, code: 'position-gap', complaint: `${place}, so that ${lack} missing` };
}

/** The hash that the event must carry. */
export function recomputedHash(event: RecordedEvent): string {
  const { hash: _, ...unhashed }: EventMetadata = event.metadata;
  return eventHash(event, unhashed);
}

/** Whether metadata that may be anything holds what a chain is made of. */
function isChained(metadata: Partial<EventMetadata> | null): boolean {
  const { hash, prevHash, recordedAt } = metadata ?? {};
  return [hash, prevHash, recordedAt].every((text) => typeof text === 'string');
}

function complaintOf(event: RecordedEvent, end: StreamEnd): Pick<ChainFault, 'code' | 'complaint'> | undefined {
  const { metadata, revision } = event;
  if (revision !== end.revision + 1) {
    return {
      code: 'revision-gap',
      complaint: `follows revision ${end.revision}, so that events are missing or doubled`,
    };
  }
  if (end.hash !== undefined && metadata.prevHash !== end.hash) {
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
