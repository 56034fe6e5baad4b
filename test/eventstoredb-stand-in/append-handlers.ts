import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import type {
  AppendReq,
  AppendResp,
  BatchAppendReq,
  BatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerDuplexStream, ServerReadableStream, sendUnaryData } from '@grpc/grpc-js';
import type { DropWhen } from './drop-plan.js';
import type { AppendOutcome, Expected, NodeLog, ProposedEvent } from './node-log.js';
import { refusalStatus, streamIdentifierOf, streamNameOf } from './protocol.js';

/** Bytes of data and metadata that one append may have, as on a node that is not set up otherwise. */
const MAX_APPEND_SIZE = 1024 * 1024;

/** Cuts the caller's connection if that is due; then nothing may be done or answered. */
export type DropIfDue = (when: DropWhen, peer: string) => boolean;

interface PendingAppend {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: ProposedEvent[];
  size: number;
}

export function handleBatchAppend(log: NodeLog, dropIfDue: DropIfDue) {
  return (call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>): void => {
    const pending = new Map<string, PendingAppend>();
    const peer = call.getPeer();
    call.on('data', (request: BatchAppendReq) => {
      const id = request.getCorrelationId()!.getString();
      const options = request.getOptions();
      if (options !== undefined) {
        const stream = streamNameOf(options.getStreamIdentifier());
        pending.set(id, { stream, expected: batchExpected(options), events: [], size: 0 });
      }
      const append = pending.get(id);
      if (append === undefined) return;
      for (const message of request.getProposedMessagesList()) {
        const event = proposedEvent(message);
        append.events.push(event);
        append.size += event.data.length + event.metadata.length;
      }
      const tooLarge = append.size > MAX_APPEND_SIZE;
      if (!request.getIsFinal() && !tooLarge) return;
      pending.delete(id);
      if (dropIfDue('before-append', peer)) return;
      const response = tooLarge ? tooLargeResponse() : batchResponse(append, log);
      if (dropIfDue('after-append', peer)) return;
      response.setCorrelationId(request.getCorrelationId());
      response.setStreamIdentifier(streamIdentifierOf(append.stream));
      call.write(response);
    });
    call.on('end', () => call.end());
    call.on('error', () => undefined);
  };
}

export function handleAppend(log: NodeLog, dropIfDue: DropIfDue) {
  return (call: ServerReadableStream<AppendReq, AppendResp>, callback: sendUnaryData<AppendResp>): void => {
    let options: AppendReq.Options | undefined;
    const events: ProposedEvent[] = [];
    call.on('data', (request: AppendReq) => {
      options ??= request.getOptions();
      const message = request.getProposedMessage();
      if (message !== undefined) events.push(proposedEvent(message));
    });
    call.on('error', () => undefined);
    call.on('end', () => {
      if (options === undefined || dropIfDue('before-append', call.getPeer())) return;
      const expected = plainExpected(options);
      const outcome = log.append(streamNameOf(options.getStreamIdentifier()), expected, events);
      if (!dropIfDue('after-append', call.getPeer())) callback(null, plainResponse(outcome, expected));
    });
  };
}

function proposedEvent(message: BatchAppendReq.ProposedMessage | AppendReq.ProposedMessage): ProposedEvent {
  const about = message.getMetadataMap();
  return {
    id: message.getId()!.getString().toLowerCase(),
    type: about.get('type') ?? '',
    contentType: about.get('content-type') ?? '',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

function batchExpected(options: BatchAppendReq.Options): Expected {
  if (options.hasNoStream()) return 'no-stream';
  if (options.hasStreamExists()) return 'stream-exists';
  return options.hasStreamPosition() ? Number(options.getStreamPosition()) : 'any';
}

function plainExpected(options: AppendReq.Options): Expected {
  if (options.hasNoStream()) return 'no-stream';
  if (options.hasStreamExists()) return 'stream-exists';
  return options.hasRevision() ? Number(options.getRevision()) : 'any';
}

function batchResponse({ stream, expected, events }: PendingAppend, log: NodeLog): BatchAppendResp {
  const outcome = log.append(stream, expected, events);
  const response = new streamsPb.BatchAppendResp();
  if (outcome.kind === 'stored') {
    const position = new sharedPb.AllStreamPosition();
    position.setCommitPosition(String(outcome.last.position));
    position.setPreparePosition(String(outcome.last.position));
    const success = new streamsPb.BatchAppendResp.Success();
    success.setCurrentRevision(String(outcome.last.revision));
    success.setPosition(position);
    response.setSuccess(success);
    return response;
  }
  const reason = new sharedPb.WrongExpectedVersion();
  if (outcome.current === undefined) reason.setCurrentNoStream(new sharedPb.Empty());
  else reason.setCurrentStreamRevision(String(outcome.current));
  if (expected === 'any') reason.setExpectedAny(new sharedPb.Empty());
  else if (expected === 'no-stream') reason.setExpectedNoStream(new sharedPb.Empty());
  else if (expected === 'stream-exists') reason.setExpectedStreamExists(new sharedPb.Empty());
  else reason.setExpectedStreamPosition(String(expected));
  response.setError(refusalStatus('WrongExpectedVersion', reason));
  return response;
}

function tooLargeResponse(): BatchAppendResp {
  const reason = new sharedPb.MaximumAppendSizeExceeded();
  reason.setMaxappendsize(MAX_APPEND_SIZE);
  const response = new streamsPb.BatchAppendResp();
  response.setError(refusalStatus('MaximumAppendSizeExceeded', reason));
  return response;
}

function plainResponse(outcome: AppendOutcome, expected: Expected): AppendResp {
  const response = new streamsPb.AppendResp();
  if (outcome.kind === 'stored') {
    const position = new streamsPb.AppendResp.Position();
    position.setCommitPosition(String(outcome.last.position));
    position.setPreparePosition(String(outcome.last.position));
    const success = new streamsPb.AppendResp.Success();
    success.setCurrentRevision(String(outcome.last.revision));
    success.setPosition(position);
    response.setSuccess(success);
    return response;
  }
  const wrong = new streamsPb.AppendResp.WrongExpectedVersion();
  if (outcome.current === undefined) wrong.setCurrentNoStream(new sharedPb.Empty());
  else wrong.setCurrentRevision(String(outcome.current));
  if (expected === 'any') wrong.setExpectedAny(new sharedPb.Empty());
  else if (expected === 'no-stream') wrong.setExpectedNoStream(new sharedPb.Empty());
  else if (expected === 'stream-exists') wrong.setExpectedStreamExists(new sharedPb.Empty());
  else wrong.setExpectedRevision(String(expected));
  response.setWrongExpectedVersion(wrong);
  return response;
}
