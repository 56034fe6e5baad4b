import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';

const { Empty, StreamIdentifier } = sharedPb;
const { Options } = streamsPb.ReadReq;

export type Direction = 'forwards' | 'backwards';

/** The server's own limit: it has no word for "all". */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/**
 * Checkpoints of a filtered subscription come every `32 × CHECKPOINT_INTERVAL` events that were looked at (32 is the
 * server's search window): often enough that a resumed subscription has little to look at again.
 */
const CHECKPOINT_INTERVAL = 16;

/** Reads one stream. @param from first revision; without it, the stream's first, or its last when backwards */
export function streamRead(stream: string, direction: Direction, from: number | undefined, limit = NO_LIMIT): ReadReq {
  const identifier = new StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream, 'utf8'));
  const streamOptions = new Options.StreamOptions();
  streamOptions.setStreamIdentifier(identifier);
  if (from !== undefined) streamOptions.setRevision(String(from));
  else if (direction === 'forwards') streamOptions.setStart(new Empty());
  else streamOptions.setEnd(new Empty());
  const options = readOptions(direction);
  options.setStream(streamOptions);
  options.setCount(String(limit));
  options.setNoFilter(new Empty());
  return requestOf(options);
}

/**
 * Reads the log of the whole server.
 * @param prefix of the streams to show; without it, all
 * @param from forwards: events at or after this position; backwards: events before it
 */
export function allRead(
  prefix: string | undefined,
  direction: Direction,
  from: bigint | undefined,
  limit = NO_LIMIT,
): ReadReq {
  const options = readOptions(direction);
  options.setAll(allFrom(direction, from));
  options.setCount(String(limit));
  if (prefix === undefined) options.setNoFilter(new Empty());
  else options.setFilter(streamFilter(prefix));
  return requestOf(options);
}

/** Follows the streams with a prefix. @param after events after this position; without it, from the start */
export function allSubscription(prefix: string, after: bigint | undefined): ReadReq {
  const options = readOptions('forwards');
  options.setAll(allFrom('forwards', after));
  options.setSubscription(new Options.SubscriptionOptions());
  options.setFilter(streamFilter(prefix));
  return requestOf(options);
}

function requestOf(options: ReadReq.Options): ReadReq {
  const request = new streamsPb.ReadReq();
  request.setOptions(options);
  return request;
}

function readOptions(direction: Direction): ReadReq.Options {
  const uuids = new Options.UUIDOption();
  uuids.setString(new Empty());
  const options = new Options();
  options.setReadDirection(direction === 'forwards' ? Options.ReadDirection.FORWARDS : Options.ReadDirection.BACKWARDS);
  options.setResolveLinks(false);
  options.setUuidOption(uuids);
  return options;
}

/**
 * An event's commit and prepare position differ in explicit transactions only, which this protocol cannot write; so the
 * commit position alone tells the place, and stands for both.
 */
function allFrom(direction: Direction, from: bigint | undefined): ReadReq.Options.AllOptions {
  const all = new Options.AllOptions();
  if (from !== undefined) {
    const position = new Options.Position();
    position.setCommitPosition(String(from));
    position.setPreparePosition(String(from));
    all.setPosition(position);
  } else if (direction === 'forwards') all.setStart(new Empty());
  else all.setEnd(new Empty());
  return all;
}

function streamFilter(prefix: string): ReadReq.Options.FilterOptions {
  const expression = new Options.FilterOptions.Expression();
  expression.setPrefixList([prefix]);
  const filter = new Options.FilterOptions();
  filter.setStreamIdentifier(expression);
  filter.setCount(new Empty());
  filter.setCheckpointintervalmultiplier(CHECKPOINT_INTERVAL);
  return filter;
}
