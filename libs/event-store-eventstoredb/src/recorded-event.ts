import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { EventMetadata, JsonObject, RecordedEvent } from '#event-sourcing';

/** What the server says where it does not know a position: the largest number of 64 bits. */
const NO_POSITION = 2n ** 64n - 1n;

/** The position, if it is one. */
export function knownPosition(commitPosition: string | undefined): bigint | undefined {
  if (commitPosition === undefined) return undefined;
  const position = BigInt(commitPosition);
  return position === NO_POSITION ? undefined : position;
}

/**
 * The event of an answer, without the ledger's prefix on its stream.
 * @throws Error where something other than a ledger has written to a stream with the ledger's prefix
 */
export function toRecordedEvent(readEvent: ReadResp.ReadEvent, prefix: string): RecordedEvent {
  const event = readEvent.getEvent();
  if (event === undefined) throw new Error('EventStoreDB gave a link without its event');
  const streamName = textOf(event.getStreamIdentifier()?.getStreamName_asU8() ?? new Uint8Array());
  const id = event.getId()?.getString() ?? '';
  const position = knownPosition(event.getCommitPosition());
  if (position === undefined) {
    throw new Error(`EventStoreDB does not tell the position of event ${id} in ${streamName}: it is older than 22.6`);
  }
  try {
    return {
      id,
      type: event.getMetadataMap().get('type') ?? '',
      stream: streamName.slice(prefix.length),
      revision: Number(event.getStreamRevision()),
      position,
      data: JSON.parse(textOf(event.getData_asU8())) as JsonObject,
      metadata: JSON.parse(textOf(event.getCustomMetadata_asU8())) as EventMetadata,
    };
  } catch (error) {
    throw new Error(`event ${id} in ${streamName} was not written by a ledger: it holds no JSON`, { cause: error });
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
