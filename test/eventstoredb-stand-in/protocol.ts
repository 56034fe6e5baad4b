import { createRequire } from 'node:module';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import statusPb from '@eventstore/db-client/generated/status_pb.js';
import type { UntypedServiceImplementation } from '@grpc/grpc-js';

// The messages must come from the very `google-protobuf` and `@grpc/grpc-js` that the client's definitions were made on.
const requireOfClient = createRequire(createRequire(import.meta.url).resolve('@eventstore/db-client'));
export const grpc: typeof import('@grpc/grpc-js') = requireOfClient('@grpc/grpc-js');
const anyPb: typeof import('google-protobuf/google/protobuf/any_pb.js') = requireOfClient(
  'google-protobuf/google/protobuf/any_pb.js',
);

export type Handlers = UntypedServiceImplementation;
export type Uuid = InstanceType<typeof sharedPb.UUID>;
export type StreamIdentifier = InstanceType<typeof sharedPb.StreamIdentifier>;

export function uuidOf(text: string): Uuid {
  const uuid = new sharedPb.UUID();
  uuid.setString(text);
  return uuid;
}

export function streamIdentifierOf(name: string): StreamIdentifier {
  const identifier = new sharedPb.StreamIdentifier();
  identifier.setStreamName(Buffer.from(name, 'utf8'));
  return identifier;
}

export function streamNameOf(identifier: StreamIdentifier | undefined): string {
  return Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');
}

/** A refusal as batch append tells it: the reason is packed into the details. @param type name within the package */
export function refusalStatus(type: string, reason: { serializeBinary(): Uint8Array }) {
  const any = new anyPb.Any();
  any.pack(reason.serializeBinary(), `event_store.client.${type}`);
  const status = new statusPb.Status();
  status.setMessage(type);
  status.setDetails(any);
  return status;
}
