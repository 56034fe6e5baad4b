import { describe, expect, it } from '@jest/globals';
import { type BulkWriteResult, MongoBulkWriteError } from 'mongodb';
import { StoreUnavailable } from '#event-sourcing';
import { reached } from './mongo-connection.js';

/** As the driver makes it of a bulk write that ended without an answer, or of an answer that names failed writes. */
function bulkWriteError(code: unknown, writeErrors: object[] = []): MongoBulkWriteError {
  const result = { getWriteConcernError: () => undefined } as unknown as BulkWriteResult;
  return new MongoBulkWriteError({ message: 'a message', code, writeErrors } as never, result);
}

describe('reached', () => {
  it.each([['EPIPE'], ['ECONNRESET'], [undefined]])(
    'takes a bulk write cut off with %s for a lost server',
    async (code) => {
      const work = reached('The read store', () => Promise.reject(bulkWriteError(code)));
      await expect(work).rejects.toThrow(StoreUnavailable);
    },
  );

  it('leaves what a server says of writes as it is', async () => {
    for (const error of [bulkWriteError(121), bulkWriteError(undefined, [{ code: 121 }])]) {
      await expect(reached('The read store', () => Promise.reject(error))).rejects.toBe(error);
    }
  });
});
