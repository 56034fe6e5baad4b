import type { DomainEvent } from '../event.js';
import { type EventMetadata, type EventToAppend } from '../event.js';
import { eventHash } from '../hash-chain.js';
import { canonical } from '../json.js';
import type { CommandRequest } from './command-request.js';

/** Where the next event of a stream goes. */
export interface ChainEnd {
  readonly stream: string;
  readonly revision: number;
  readonly hash: string;
}

/**
 * The events of one command, chained behind the stream's end. Their metadata are built with their keys in order, so that
 * what is stored is canonical JSON.
 * @throws TypeError for data that canonical JSON cannot hold
 */
export function chainedEvents(
  end: ChainEnd,
  request: Pick<
    CommandRequest,
    'context' | 'correlationId' | 'idempotencyKey' | 'requestHash' | 'requestId' | 'source'
  >,
  events: readonly DomainEvent<string, object>[],
  recordedAt: string,
  newId: () => string,
): EventToAppend[] {
  let { revision, hash: prevHash } = end;
  const { context, correlationId, idempotencyKey, requestHash, requestId, source } = request;
  return events.map((event, index) => {
    revision += 1;
    const id = newId();
    const data = canonical(event.data as EventToAppend['data']);
    const unhashed = {
      $causationId: requestId,
      $correlationId: correlationId,
      actor: context.actor,
      commandId: idempotencyKey ?? requestId,
      occurredAt: event.occurredAt,
      prevHash,
      recordedAt,
      ...(index === 0 && requestHash !== undefined ? { requestHash } : {}),
      role: context.role,
      schema: 1,
      source,
    } as const;
    const hash = eventHash({ stream: end.stream, revision, id, type: event.type, data }, unhashed);
    prevHash = hash;
    return {
      id,
      type: event.type,
      data,
      metadata: canonical<EventMetadata & Record<string, string | number>>({ ...unhashed, hash }),
    };
  });
}
