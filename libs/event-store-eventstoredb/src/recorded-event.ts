import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import {
  type EventMetadata,
  type EventPlace,
  NoEvent,
  type RecordedEvent,
  storedObject,
  UnreadableEvent,
} from '#event-sourcing';

/** What the server says where it does not know a position: the largest number of 64 bits. */
const NO_POSITION = 2n ** 64n - 1n;

/** The position, if it is one. */
export function knownPosition(commitPosition: string | undefined): bigint | undefined {
  if (commitPosition === undefined) return undefined;
  const position = BigInt(commitPosition);
  return position === NO_POSITION ? undefined : position;
}

/**
 * Where the event of an answer stands, without the ledger's prefix on its stream.
 * @throws Error for a link, and for an event without a position
 */
export function placeOf(readEvent: ReadResp.ReadEvent, prefix: string): EventPlace {
  const event = recorded(readEvent);
  const streamName = textOf(event.getStreamIdentifier()?.getStreamName_asU8() ?? new Uint8Array());
  const position = knownPosition(event.getCommitPosition());
  if (position === undefined) {
    const id = event.getId()?.getString();
    throw new Error(`EventStoreDB does not tell the position of event ${id} in ${streamName}: it is older than 22.6`);
  }
  return { stream: streamName.slice(prefix.length), revision: Number(event.getStreamRevision()), position };
}

/**
 * The event of an answer, without the ledger's prefix on its stream.
 * @throws UnreadableEvent where something other than a ledger has written to a stream with the ledger's prefix; Error as
 * {@link placeOf}
 */
export function toRecordedEvent(readEvent: ReadResp.ReadEvent, prefix: string): RecordedEvent {
  const event = recorded(readEvent);
  const place = placeOf(readEvent, prefix);
  try {
    return {
      id: event.getId()?.getString() ?? '',
      type: event.getMetadataMap().get('type') ?? '',
      ...place,
      data: storedObject(textOf(event.getData_asU8()), 'data'),
      metadata: storedObject<EventMetadata>(textOf(event.getCustomMetadata_asU8()), 'metadata'),
    };
  } catch (error) {
    if (!(error instanceof NoEvent)) throw error;
    const message = 'The event store holds something that no ledger has written.';
    throw new UnreadableEvent(message, place, error.message, { cause: error });
  }
}

function recorded(readEvent: ReadResp.ReadEvent): ReadResp.ReadEvent.RecordedEvent {
  const event = readEvent.getEvent();
  if (event === undefined) throw new Error('EventStoreDB gave a link without its event');
  return event;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
