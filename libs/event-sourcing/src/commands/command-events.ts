import type { DomainEvent, EventMetadata, EventToAppend } from '../event.js';
import { eventHashOfTexts } from '../hash-chain.js';
import { canonical, type JsonObject, jsonText } from '../json.js';
import type { CommandRequest } from './command-request.js';

/** Where the next event of a stream goes. */
export interface ChainEnd {
  readonly stream: string;
  readonly revision: number;
  readonly hash: string;
}

type Origin = Pick<
  CommandRequest,
  'context' | 'correlationId' | 'idempotencyKey' | 'requestHash' | 'requestId' | 'source' | 'traceparent'
>;

/**
 * The events of one command, chained behind the stream's end. What is stored is canonical JSON, and each text is made
 * once: for the hash, for the store, and to be counted.
 * @throws TypeError for data that canonical JSON cannot hold
 */
export function chainedEvents(
  end: ChainEnd,
  request: Origin,
  events: readonly DomainEvent<string, object>[],
  recordedAt: string,
  newId: () => string,
): Required<EventToAppend>[] {
  const { stream } = end;
  let { revision, hash: prevHash } = end;
  return events.map(({ data: given, occurredAt, type }, index) => {
    revision += 1;
    const id = newId();
    const data = canonical(given as JsonObject);
    const dataText = JSON.stringify(data);
    const requestHash = index === 0 ? request.requestHash : undefined;
    const [before, after] = metadataTexts(request, occurredAt, recordedAt, prevHash, requestHash);
    const hash = eventHashOfTexts({ stream, revision, id, type }, prevHash, dataText, `${before}${after}`);
    const untraced = metadataOf(request, occurredAt, recordedAt, prevHash, requestHash, hash);
    const { traceparent } = request;
    const metadata = traceparent === undefined ? untraced : { ...untraced, traceparent };
    prevHash = hash;
    return { id, type, data, metadata, texts: { data: dataText, metadata: `${before},"hash":"${hash}"${after}` } };
  });
}

/** Its members in the order of their names: what `JSON.stringify` makes of it is canonical. */
function metadataOf(
  { context, correlationId, idempotencyKey, requestId, source }: Origin,
  occurredAt: string,
  recordedAt: string,
  prevHash: string,
  requestHash: string | undefined,
  hash: string,
): EventMetadata {
  const { actor, role } = context;
  const $causationId = requestId;
  const $correlationId = correlationId;
  const commandId = idempotencyKey ?? requestId;
  // Two literals, for a spread amid other members costs more than the text.
  if (requestHash === undefined) {
    return {
      $causationId,
      $correlationId,
      actor,
      commandId,
      hash,
      occurredAt,
      prevHash,
      recordedAt,
      role,
      schema: 1,
      source,
    };
  }
  return {
    $causationId,
    $correlationId,
    actor,
    commandId,
    hash,
    occurredAt,
    prevHash,
    recordedAt,
    requestHash,
    role,
    schema: 1,
    source,
  };
}

/** The text of the metadata up to where `hash` belongs, and from there on. Written out, it takes a quarter of the time. */
function metadataTexts(
  { context, correlationId, idempotencyKey, requestId, source, traceparent }: Origin,
  occurredAt: string,
  recordedAt: string,
  prevHash: string,
  requestHash: string | undefined,
): [before: string, after: string] {
  const command = `"actor":${jsonText(context.actor)},"commandId":${jsonText(idempotencyKey ?? requestId)}`;
  const before = `{"$causationId":${jsonText(requestId)},"$correlationId":${jsonText(correlationId)},${command}`;
  const request = requestHash === undefined ? '' : `,"requestHash":${jsonText(requestHash)}`;
  const times = `,"occurredAt":${jsonText(occurredAt)},"prevHash":${jsonText(prevHash)},"recordedAt":${jsonText(recordedAt)}`;
  const trace = traceparent === undefined ? '' : `,"traceparent":${jsonText(traceparent)}`;
  const after = `${times}${request},"role":${jsonText(context.role)},"schema":1,"source":${jsonText(source)}${trace}}`;
  return [before, after];
}
