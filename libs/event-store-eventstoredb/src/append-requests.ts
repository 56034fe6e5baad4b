import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import type { BatchAppendReq } from '@eventstore/db-client/generated/streams_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { type EventToAppend, type ExpectedRevision, eventTexts } from '#event-sourcing';

const { Empty, StreamIdentifier, UUID } = sharedPb;

/** Bytes of events a message carries; an append with more is sent in several. */
const MESSAGE_SIZE = 1024 * 1024;

/** The messages of one append, the last of them marked as such. @param id UUID by which the answer is known */
export function appendRequests(
  id: string,
  streamName: string,
  expected: ExpectedRevision,
  events: readonly EventToAppend[],
): BatchAppendReq[] {
  let message = messageOf(id);
  message.setOptions(optionsOf(streamName, expected));
  const messages = [message];
  let size = 0;
  for (const event of events) {
    const [proposed, bytes] = proposedMessage(event);
    if (size > 0 && size + bytes > MESSAGE_SIZE) {
      message = messageOf(id);
      messages.push(message);
      size = 0;
    }
    message.addProposedMessages(proposed);
    size += bytes;
  }
  message.setIsFinal(true);
  return messages;
}

/** The id that an answer is for, in the form in which it was sent. */
export function uuidText(uuid: InstanceType<typeof UUID> | undefined): string {
  const structured = uuid?.getStructured();
  if (structured === undefined) return uuid?.getString() ?? '';
  // When an append times out in the server, it answers with the two halves of the id, as signed numbers.
  const half = (bits: string) => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
  const hex = half(structured.getMostSignificantBits()) + half(structured.getLeastSignificantBits());
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function messageOf(id: string): BatchAppendReq {
  const message = new streamsPb.BatchAppendReq();
  message.setCorrelationId(uuidOf(id));
  message.setIsFinal(false);
  return message;
}

function optionsOf(streamName: string, expected: ExpectedRevision): BatchAppendReq.Options {
  const identifier = new StreamIdentifier();
  identifier.setStreamName(Buffer.from(streamName, 'utf8'));
  const options = new streamsPb.BatchAppendReq.Options();
  options.setStreamIdentifier(identifier);
  if (expected === 'no-stream') options.setNoStream(new Empty());
  else options.setStreamPosition(String(expected));
  return options;
}

function proposedMessage(event: EventToAppend): [BatchAppendReq.ProposedMessage, bytes: number] {
  const texts = eventTexts(event);
  const data = Buffer.from(texts.data, 'utf8');
  const metadata = Buffer.from(texts.metadata, 'utf8');
  const message = new streamsPb.BatchAppendReq.ProposedMessage();
  message.setId(uuidOf(event.id));
  message.getMetadataMap().set('type', event.type).set('content-type', 'application/json');
  message.setData(data);
  message.setCustomMetadata(metadata);
  return [message, data.length + metadata.length + event.type.length];
}

function uuidOf(text: string): InstanceType<typeof UUID> {
  const uuid = new UUID();
  uuid.setString(text);
  return uuid;
}
