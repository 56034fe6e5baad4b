import { randomUUID } from 'node:crypto';
import type { BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import { AppendOutcomeUnknown, type EventToAppend, type ExpectedRevision } from '#event-sourcing';
import { appendRequests, uuidText } from './append-requests.js';
import type { BatchAppendCall, EventStoreDbConnection } from './eventstoredb-connection.js';
import { unavailable, wasRefused } from './eventstoredb-errors.js';

interface Waiting {
  answer(response: BatchAppendResp): void;
  fail(error: Error): void;
}

interface OpenCall {
  readonly call: BatchAppendCall;
  readonly waiting: Map<string, Waiting>;
  /** Set once the call has ended. */
  failure: Error | undefined;
}

/**
 * All appends of a store over one call: each carries an id, and the server answers each when it is durable. When the
 * call ends, the outcome of whatever waits on it is unknown; the next append opens another.
 */
export class BatchAppends {
  readonly #connection: EventStoreDbConnection;
  readonly #deadline: number;
  /** The call that takes appends now. */
  #open: Promise<OpenCall> | undefined;

  /** @param deadline milliseconds after which the outcome of an append counts as unknown */
  constructor(connection: EventStoreDbConnection, deadline: number) {
    this.#connection = connection;
    this.#deadline = deadline;
  }

  /**
   * The server's answer, a refusal included.
   * @throws AppendOutcomeUnknown; StoreUnavailable where nothing can have been sent or taken
   */
  append(streamName: string, expected: ExpectedRevision, events: readonly EventToAppend[]): Promise<BatchAppendResp> {
    const id = randomUUID();
    const messages = appendRequests(id, streamName, expected, events);
    return new Promise((resolve, reject) => {
      let forget = () => {};
      let done = false;
      const settle = (how: () => void) => {
        done = true;
        clearTimeout(timer);
        forget();
        how();
      };
      const timer = setTimeout(() => {
        settle(() => reject(new AppendOutcomeUnknown(`EventStoreDB gave no answer within ${this.#deadline} ms`)));
      }, this.#deadline);
      this.#opened().then(
        ({ call, waiting, failure }) => {
          if (done) return;
          if (failure) return settle(() => reject(failure));
          forget = () => waiting.delete(id);
          waiting.set(id, {
            answer: (response) => settle(() => resolve(response)),
            fail: (error) => settle(() => reject(error)),
          });
          for (const message of messages) call.write(message);
        },
        (error: unknown) => settle(() => reject(unavailable(error))),
      );
    });
  }

  #opened(): Promise<OpenCall> {
    if (this.#open === undefined) {
      const opening = openCall(this.#connection, () => {
        if (this.#open === opening) this.#open = undefined;
      });
      this.#open = opening;
    }
    return this.#open;
  }
}

/** @param ended is told when the call is of no more use, or could not be opened */
async function openCall(connection: EventStoreDbConnection, ended: () => void): Promise<OpenCall> {
  try {
    const open: OpenCall = { call: await connection.batchAppend(), waiting: new Map(), failure: undefined };
    const end = (failure: Error) => {
      open.failure ??= failure;
      ended();
      for (const append of [...open.waiting.values()]) append.fail(open.failure);
    };
    open.call.on('data', (response: BatchAppendResp) => {
      // An answer that comes after its deadline is nobody's any more.
      open.waiting.get(uuidText(response.getCorrelationId()))?.answer(response);
    });
    open.call.on('error', (error) => end(wasRefused(error) ? unavailable(error) : lost(error)));
    open.call.on('end', () => end(lost(new Error('the server ended the call'))));
    return open;
  } catch (error) {
    ended();
    throw error;
  }
}

function lost(error: Error): AppendOutcomeUnknown {
  return new AppendOutcomeUnknown(`the connection was lost before EventStoreDB answered (${error.message})`, {
    cause: error,
  });
}
