import { StoreUnavailable } from '#event-sourcing';
import { type Database, RESULT_CODE, resultCode, storeError } from '#sqlite';
import { EventAppender } from './event-appender.js';
import { EVENT_LOG } from './event-log.js';
import type { AppendFailure, AppendRequest, WriterReply } from './writer-protocol.js';

/** Between two tries for the lock, in milliseconds: SQLite's own waits grow to 100 ms, many commits of another process. */
const LOCK_PAUSE = 1;

/** Commits groups of appends; each append in a group is taken or conflicts on its own. */
export class GroupCommit {
  readonly #database: Database;
  readonly #appender: EventAppender;
  readonly #lockDeadline: number;
  readonly #sleeper = new Int32Array(new SharedArrayBuffer(4));

  /**
   * @param database with a busy timeout of at most some milliseconds
   * @param lockDeadline how long to wait for another process's commit, in milliseconds
   */
  constructor(database: Database, lockDeadline: number) {
    this.#database = database;
    this.#appender = new EventAppender(database);
    this.#lockDeadline = lockDeadline;
  }

  /** Does all of the appends with one commit. @returns the answers, in order */
  commit(requests: readonly AppendRequest[]): WriterReply[] {
    const count = requests.reduce((sum, request) => sum + request.count, 0);
    try {
      this.#lock();
    } catch (error) {
      return [{ count, failure: failureOf(error) }];
    }
    const outcomes: number[] = [];
    try {
      this.#appender.begin();
      for (const { count, fields } of requests) {
        for (let append = 0, at = 0; append < count; append += 1) at = this.#appender.append(fields, at, outcomes);
      }
    } catch (error) {
      this.#undo();
      // One of them cannot be stored: it must not take the others along.
      return count === 1 ? [{ count, failure: failureOf(error) }] : this.#commitEach(requests);
    }
    try {
      this.#database.exec('COMMIT');
      return [{ outcomes }];
    } catch (error) {
      this.#undo();
      return [{ count, failure: commitFailureOf(error) }];
    }
  }

  #commitEach(requests: readonly AppendRequest[]): WriterReply[] {
    return requests.flatMap(({ count, characters, fields }) => {
      const replies: WriterReply[] = [];
      for (let append = 0, at = 0; append < count; append += 1) {
        const end = EventAppender.endOfAppend(fields, at);
        replies.push(...this.commit([{ count: 1, characters, fields: fields.slice(at, end) }]));
        at = end;
      }
      return replies;
    });
  }

  #lock(): void {
    const deadline = performance.now() + this.#lockDeadline;
    for (;;) {
      try {
        this.#database.exec('BEGIN IMMEDIATE');
        return;
      } catch (error) {
        if (resultCode(error) !== RESULT_CODE.BUSY || performance.now() > deadline) throw error;
        Atomics.wait(this.#sleeper, 0, 0, LOCK_PAUSE);
      }
    }
  }

  #undo(): void {
    this.#appender.forget();
    // SQLite has rolled back by itself after some errors, such as a full disk.
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
  }
}

export function failureOf(error: unknown): AppendFailure {
  const cause = storeError(error, EVENT_LOG);
  const message = cause instanceof Error ? cause.message : String(cause);
  return { kind: cause instanceof StoreUnavailable ? 'unavailable' : 'refused', message };
}

/**
 * A commit that cannot be written leaves nothing. But when the disk fails at the flush, the commit stands in the file
 * unflushed: a crash right now may bring it back.
 */
function commitFailureOf(error: unknown): AppendFailure {
  const failure = failureOf(error);
  return resultCode(error) === RESULT_CODE.IOERR ? { ...failure, kind: 'unknown' } : failure;
}
