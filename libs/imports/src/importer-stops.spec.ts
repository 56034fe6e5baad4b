import { describe, expect, it } from '@jest/globals';
import { Problem } from '#platform';
import { ENVELOPE, RecordingSender } from '../testing/import-doubles.js';
import { AT, ORDER_COLUMNS, order, orders, run } from '../testing/order-files.js';

describe('imports that cannot go on', () => {
  it('ends orders at a row that cannot be read, and leaves out what may miss it', async () => {
    const sender = new RecordingSender();
    const { answer } = await run(sender, orders(order('a', 'o1'), `${order('a', 'o2')},too,many`, order('a', 'o3')));
    expect(sender.sent).toEqual([]);
    expect(answer).toMatchObject({ rows: 2, stopped: 'unreadable', documents: { accepted: 0, rejected: 2 } });
    expect(answer.errors).toEqual([
      {
        row: 2,
        field: null,
        code: 'cell-count',
        message:
          'The row has 9 cells, the header 7. The import ends here. 1 documents that were not complete by then are left out.',
      },
    ]);
  });

  it('goes on with visits behind a row that cannot be read', async () => {
    const lines = ['v1', 'v2', 'v3'].map((visitId) =>
      JSON.stringify({ accountId: 'a', visitId, channel: 'phone', visitedAt: AT }),
    );
    const { answer } = await run(new RecordingSender(), `${lines[0]}\n{"oops\n${lines[2]}\n`, {
      kind: 'visits',
      format: 'ndjson',
    });
    expect(answer).toMatchObject({ rows: 3, documents: { accepted: 2, rejected: 1 } });
    expect(answer.errors).toMatchObject([{ row: 2, code: 'malformed' }]);
    expect(answer.stopped).toBeUndefined();
  });

  it('settles what is under way when it is called off, and leaves the rest for the next time', async () => {
    const sender = new RecordingSender();
    const calledOff = new AbortController();
    const rows = Array.from({ length: 4_000 }, (_, index) => order('a', `o${index}`));
    const onProgress = ({ rows: read }: { rows: number }) => {
      if (read > 2_000) calledOff.abort();
    };
    const { answer } = await run(sender, orders(...rows), { signal: calledOff.signal, onProgress });
    expect(answer.stopped).toBe('interrupted');
    expect(answer.documents.accepted).toBe(sender.sentOf('place-order').length);
    expect(answer.documents.accepted).toBeGreaterThan(500);
    expect(answer.documents.accepted).toBeLessThan(4_000);

    const again = await run(sender, orders(...rows));
    expect(again.answer.documents).toEqual({
      accepted: 4_000 - answer.documents.accepted,
      skipped: answer.documents.accepted,
      rejected: 0,
    });
  });

  it('does not wait for a source that says nothing when it is called off', async () => {
    const calledOff = new AbortController();
    const stalled = (async function* () {
      yield Buffer.from(orders(order('a', 'o1')).slice(0, -5));
      setImmediate(() => calledOff.abort());
      await new Promise(() => undefined);
    })();
    const sender = new RecordingSender();
    const { answer } = await run(sender, '', { source: stalled, signal: calledOff.signal });
    expect(answer).toMatchObject({ stopped: 'interrupted', documents: { accepted: 0, rejected: 0 } });
    expect(sender.sent).toEqual([]);
  });

  it('tries again what the ledger could not take for the moment', async () => {
    const sender = new RecordingSender((_, attempt) => {
      if (attempt <= 2) throw new Problem(503, 'store-unavailable', 'The store is away.');
    });
    const { answer, failure } = await run(sender, orders(order('a', 'o1'), order('a', 'o2')));
    expect(failure).toBeUndefined();
    expect(answer.documents).toEqual({ accepted: 2, skipped: 0, rejected: 0 });
  });

  it('fails with what it has come to when something else goes wrong', async () => {
    const broken = new Error('broken');
    const sender = new RecordingSender(({ body }) => {
      if (body.orderId === 'o2') throw broken;
    });
    const { answer, failure } = await run(sender, orders(order('a', 'o1'), order('a', 'o2'), order('a', 'o3')));
    expect(failure).toBe(broken);
    expect(answer).toMatchObject({ stopped: 'failed', documents: { accepted: 2, skipped: 0, rejected: 0 } });
  });

  it('fails when the source does, without the documents that may not be whole', async () => {
    const sender = new RecordingSender();
    const source = (async function* () {
      yield Buffer.from(orders(order('a', 'o1')));
      throw new Error('unexpected end of file');
    })();
    const { answer, failure } = await run(sender, '', { source });
    expect(failure).toMatchObject({ message: 'unexpected end of file' });
    expect(answer).toMatchObject({ stopped: 'failed', documents: { accepted: 0 } });
    expect(sender.sent).toEqual([]);
  });

  it.each([
    ['unknown-column', `${ORDER_COLUMNS},colour\n`],
    ['missing-column', 'accountId,orderId\n'],
    ['missing-column', ''],
    ['duplicate-column', `${ORDER_COLUMNS},sku\n`],
  ])('refuses a header: %s', async (code, text) => {
    await expect(run(new RecordingSender(), text)).rejects.toMatchObject({ status: 422, code });
  });

  it('lets administrators only set exchange rates', async () => {
    const envelope = { ...ENVELOPE, role: 'sales' };
    await expect(run(new RecordingSender(), '', { kind: 'exchange-rates', envelope })).rejects.toMatchObject({
      status: 403,
      code: 'forbidden',
    });
  });
});
