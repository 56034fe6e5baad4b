import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { NodeLog, StoredEvent } from './node-log.js';
import { grpc, streamNameOf } from './protocol.js';
import { eventResponse, streamNotFound } from './read-responses.js';
import { follow } from './subscription.js';

export type ReadServerCall = ServerWritableStream<ReadReq, ReadResp>;
export type EventFilter = (event: StoredEvent) => boolean;

export function handleRead(log: NodeLog) {
  return (call: ReadServerCall): void => {
    call.on('error', () => undefined);
    answer(call, log).then(
      () => call.end(),
      (error: Error) => call.emit('error', Object.assign(error, { code: grpc.status.UNKNOWN })),
    );
  };
}

async function answer(call: ReadServerCall, log: NodeLog): Promise<void> {
  const options = call.request.getOptions()!;
  if (options.hasSubscription()) return follow(call, log, options, filterOf(options));
  const limit = Number(options.getCount());
  const events = options.hasStream() ? streamEvents(log, options) : allEvents(log, options);
  if (events === undefined) {
    await send(call, streamNotFound(options.getStream()?.getStreamIdentifier()));
    return;
  }
  const shown = filterOf(options);
  let given = 0;
  for (const event of events) {
    if (given === limit || call.cancelled) return;
    if (!shown(event)) continue;
    await send(call, eventResponse(event));
    given += 1;
  }
}

/** Sends an answer, and waits while the client does not read. */
export async function send(call: ReadServerCall, response: ReadResp): Promise<void> {
  if (call.write(response) || call.cancelled) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      call.off('drain', done).off('cancelled', done);
      resolve();
    };
    call.on('drain', done).on('cancelled', done);
  });
}

function isBackwards(options: ReadReq.Options): boolean {
  return options.getReadDirection() === 1;
}

function streamEvents(log: NodeLog, options: ReadReq.Options): Iterable<StoredEvent> | undefined {
  const stream = options.getStream()!;
  const events = log.stream(streamNameOf(stream.getStreamIdentifier()));
  if (events === undefined) return undefined;
  const from = Number(stream.getRevision());
  if (isBackwards(options))
    return backwards(events, stream.hasRevision() ? Math.min(from + 1, events.length) : events.length);
  return forwards(events, stream.hasRevision() ? from : 0);
}

function allEvents(log: NodeLog, options: ReadReq.Options): Iterable<StoredEvent> {
  const position = options.getAll()?.getPosition();
  const from = position && BigInt(position.getCommitPosition());
  if (isBackwards(options)) {
    return backwards(log.events, from === undefined ? log.events.length : log.indexBefore(from));
  }
  return forwards(log.events, from === undefined ? 0 : log.indexOf(from));
}

function* forwards(events: readonly StoredEvent[], from: number): Iterable<StoredEvent> {
  const end = events.length;
  for (let n = from; n < end; n++) yield events[n]!;
}

function* backwards(events: readonly StoredEvent[], end: number): Iterable<StoredEvent> {
  for (let n = end - 1; n >= 0; n--) yield events[n]!;
}

function filterOf(options: ReadReq.Options): EventFilter {
  const filter = options.getFilter();
  if (filter === undefined) return () => true;
  const byStream = filter.getStreamIdentifier();
  const expression = byStream ?? filter.getEventType()!;
  const subject = (event: StoredEvent) => (byStream ? event.stream : event.type);
  const regex = expression.getRegex();
  if (regex !== '') {
    const pattern = new RegExp(regex);
    return (event) => pattern.test(subject(event));
  }
  const prefixes = expression.getPrefixList();
  return (event) => prefixes.some((prefix) => subject(event).startsWith(prefix));
}
