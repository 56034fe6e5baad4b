import type { EventStoreDBClient } from '@eventstore/db-client';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { BatchAppendReq, BatchAppendResp, ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ClientDuplexStream, ClientReadableStream } from '@grpc/grpc-js';
import { clientOf } from './connection-string.js';

const { StreamsClient } = streamsGrpc;

export type ReadCall = ClientReadableStream<ReadResp>;
export type BatchAppendCall = ClientDuplexStream<BatchAppendReq, BatchAppendResp>;

/**
 * Calls of EventStoreDB's `Streams` service over the client's own connection: the client gives the connection string,
 * discovery, TLS, default credentials, keep-alive and reconnection; what goes over the wire is built and read here.
 *
 * The client's `appendToStream`, `readAll` and `subscribeToAll` are passed over, because
 * - `appendToStream` rejects promises that nobody holds when the node dies under large appends, and keeps the waiting
 *   appends of all clients of the process in one map, which an error on any connection clears;
 * - `readAll` takes no filter, though the server has one in both directions;
 * - a subscription tells its checkpoints before the events that it still buffers, so that a checkpoint taken from it
 *   may claim events that were never delivered.
 */
export class EventStoreDbConnection {
  readonly #client: EventStoreDBClient;
  #used = false;

  /** @param url a connection string. @throws InvalidConnectionString */
  constructor(url: string) {
    this.#client = clientOf(url);
    containReconnectionFailures.call(this.#client);
  }

  read(request: ReadReq): Promise<ReadCall> {
    this.#used = true;
    return openRead.call(this.#client, request);
  }

  batchAppend(): Promise<BatchAppendCall> {
    this.#used = true;
    return openBatchAppend.call(this.#client);
  }

  async close(): Promise<void> {
    await this.#client.dispose();
    // `dispose` leaves the channel open, which would keep the process alive; asking for one never used would make one.
    if (this.#used) await closeChannel.call(this.#client);
  }
}

// The client offers these to those that extend it, and its connection string makes no subclasses: hence `this`.

function openRead(this: EventStoreDBClient, request: ReadReq): Promise<ReadCall> {
  return this.GRPCStreamCreator(StreamsClient, 'read', (streams) =>
    streams.read(request, ...this.callArguments({}, { deadline: Number.POSITIVE_INFINITY })),
  )();
}

function openBatchAppend(this: EventStoreDBClient): Promise<BatchAppendCall> {
  return this.GRPCStreamCreator(StreamsClient, 'batchAppend', (streams) =>
    streams.batchAppend(...this.callArguments({}, { deadline: Number.POSITIVE_INFINITY })),
  )();
}

/**
 * The client starts its reconnection after a failed call without holding the promise: it rejects when the cluster
 * cannot be discovered meanwhile, or when a not-leader answer names no leader, and an unhandled rejection ends the
 * process. Nothing gets lost here: the failed call has told its own error, and the next call discovers anew and tells.
 */
function containReconnectionFailures(this: EventStoreDBClient): void {
  const reconnect = this.handleError;
  this.handleError = (streams, error) => reconnect(streams, error).catch(() => undefined);
}

async function closeChannel(this: EventStoreDBClient): Promise<void> {
  (await this.getChannel()).close();
}
