import { describe, expect, it } from '@jest/globals';
import { Problem } from '#platform';
import { ENVELOPE, RecordingSender } from '../testing/import-doubles.js';
import { AT, order, orders, run } from '../testing/order-files.js';

describe('imports of orders', () => {
  it('sends the account first, then the order with its lines', async () => {
    const sender = new RecordingSender();
    const text =
      'accountId,accountName,orderId,placedAt,currency,channel,sku,quantity,unitPrice,discountAmount,unitCost,description\n' +
      'a1,Acme,o1,2026-03-01T10:00:00Z,EUR,web,s1,6,2.550,0.5,1,First\n' +
      'a1,Acme,o1,2026-03-01T10:00:00Z,EUR,web,s1,6,2.55,,,\n';
    const { answer, failure } = await run(sender, text);
    expect(failure).toBeUndefined();
    expect(answer).toEqual({
      kind: 'orders',
      dryRun: false,
      rows: 2,
      documents: { accepted: 1, skipped: 0, rejected: 0 },
      position: '2',
      errors: [],
    });
    expect(sender.sent).toEqual([
      { type: 'ensure-account', params: {}, body: { accountId: 'a1', name: 'Acme', at: AT } },
      {
        type: 'place-order',
        params: { accountId: 'a1' },
        body: {
          orderId: 'o1',
          placedAt: AT,
          currency: 'EUR',
          channel: 'web',
          lines: [
            {
              sku: 's1',
              quantity: '6',
              unitPrice: '2.550',
              discountAmount: '0.5',
              unitCost: '1',
              description: 'First',
            },
            { sku: 's1', quantity: '6', unitPrice: '2.55' },
          ],
        },
      },
    ]);
  });

  it('says who imports, and leaves out what is meant for one stream', async () => {
    const sender = new RecordingSender();
    const envelope = { ...ENVELOPE, member: 'm1', idempotencyKey: 'k', expectedRevision: 3 };
    await run(sender, orders(order('a', 'o')), { envelope });
    expect(sender.commands.map((command) => command.envelope)).toEqual(
      Array(2).fill({ ...ENVELOPE, member: 'm1', source: 'import' }),
    );
  });

  it('skips what is known when it comes again', async () => {
    const sender = new RecordingSender();
    const text = orders(order('a1', 'o1'), order('a1', 'o2'), order('a2', 'o3'));
    expect((await run(sender, text)).answer.documents).toEqual({ accepted: 3, skipped: 0, rejected: 0 });
    const { answer } = await run(sender, text);
    expect(answer).toMatchObject({ documents: { accepted: 0, skipped: 3, rejected: 0 }, position: '5', errors: [] });
  });

  it('ensures an account once, and again when a name is told', async () => {
    const sender = new RecordingSender();
    const header = 'accountId,accountName,orderId,placedAt,currency,sku,quantity,unitPrice\n';
    const row = (name: string, id: string) => `a1,${name},${id},${AT},EUR,s,1,1\n`;
    await run(sender, header + row('', 'o1') + row('', 'o2') + row('Acme', 'o3') + row('', 'o4') + row('Acme', 'o5'));
    expect(sender.sentOf('ensure-account').map(({ body }) => body)).toEqual([
      { accountId: 'a1', at: AT },
      { accountId: 'a1', name: 'Acme', at: AT },
    ]);
  });

  it('rejects a document for one bad row, with every fault of it at its row, and takes the others', async () => {
    const sender = new RecordingSender();
    const text = orders(
      order('a1', 'o1'),
      order('a1', 'o2', '-1'),
      order('a1', 'o2', '0.0000001'),
      order('a1', 'o2'),
      order('a1', 'o3').replace('2.5', '1.1234567'),
      order('a1', 'o'.repeat(65)),
      order('a b', 'o4'),
      order('a1', 'o5').replace('EUR', 'EURO'),
    );
    const { answer } = await run(sender, text);
    expect(answer.documents).toEqual({ accepted: 1, skipped: 0, rejected: 5 });
    expect(answer.errors.map(({ code, field, row }) => [row, field, code])).toEqual([
      [2, 'quantity', 'quantity'],
      [3, 'quantity', 'quantity'],
      [5, 'unitPrice', 'amount'],
      [6, 'orderId', 'identifier'],
      [7, 'accountId', 'identifier'],
      [8, 'currency', 'currency'],
    ]);
    expect(answer.errors[0]?.message).toMatch(/^Must be .*\.$/);
    expect(sender.sentOf('place-order')).toHaveLength(1);
  });

  it('reports what the ledger refuses at the document', async () => {
    const sender = new RecordingSender(({ body, definition }) => {
      if (body.orderId === 'o2')
        throw new Problem(409, 'id-exists', 'There is an order o2 with other content already.');
      if (definition.type === 'ensure-account' && body.accountId === 'theirs') {
        throw new Problem(404, 'account-not-found', 'There is no such account.');
      }
      if (body.orderId === 'o4') {
        const errors = [{ path: '/placedAt', code: 'in-the-future', message: 'lies more than 24 hours ahead' }];
        throw new Problem(422, 'in-the-future', 'The date placedAt lies more than 24 hours ahead.', { errors });
      }
    });
    const { answer } = await run(
      sender,
      orders(order('a1', 'o1'), order('a1', 'o2'), order('theirs', 'o3'), order('a1', 'o4')),
    );
    expect(answer.documents).toEqual({ accepted: 1, skipped: 0, rejected: 3 });
    expect(answer.errors).toEqual([
      { row: 2, field: 'orderId', code: 'id-exists', message: 'There is an order o2 with other content already.' },
      { row: 3, field: 'accountId', code: 'account-not-found', message: 'There is no such account.' },
      { row: 4, field: 'placedAt', code: 'in-the-future', message: 'The date placedAt lies more than 24 hours ahead.' },
    ]);
  });

  it('lists the first 1,000 errors and counts all', async () => {
    const rows = Array.from({ length: 1_200 }, (_, index) => order('a', `o${index}`, 'x'));
    const { answer } = await run(new RecordingSender(), orders(...rows));
    expect(answer.documents.rejected).toBe(1_200);
    expect(answer.errors.map(({ row }) => row)).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
  });

  it('has a bounded number of documents under way, those of an account in the order of the file', async () => {
    const sender = new RecordingSender();
    const ids = Array.from({ length: 2_000 }, (_, index) => `o${index}`);
    await run(sender, orders(...ids.map((id) => order('a', id))));
    expect(sender.mostInFlight).toBeLessThanOrEqual(2 * 256);
    expect(sender.mostInFlight).toBeGreaterThan(100);
    expect(sender.sentOf('place-order').map(({ body }) => (body as { orderId: string }).orderId)).toEqual(ids);
  });

  it('stops at the first rejected document when asked to, and keeps what was taken', async () => {
    const sender = new RecordingSender();
    const rows = Array.from({ length: 3_000 }, (_, index) => order('a', `o${index}`, index === 10 ? 'x' : '1'));
    const { answer } = await run(sender, orders(...rows), { onError: 'stop' });
    expect(answer).toMatchObject({ stopped: 'rejected', documents: { rejected: 1 } });
    expect(answer.documents.accepted).toBeGreaterThanOrEqual(10);
    expect(answer.documents.accepted).toBe(sender.sentOf('place-order').length);
    expect(answer.rows).toBeLessThan(3_000);
  });

  it('sends nothing in a dry run', async () => {
    const sender = new RecordingSender();
    const { answer } = await run(sender, orders(order('a', 'o1'), order('a', 'o2', 'x')), { dryRun: true });
    expect(sender.sent).toEqual([]);
    expect(answer).toMatchObject({
      dryRun: true,
      rows: 2,
      documents: { accepted: 1, skipped: 0, rejected: 1 },
      position: null,
    });
  });

  it('tells how far it is', async () => {
    const seen: number[] = [];
    const rows = Array.from({ length: 500 }, (_, index) => order('a', `o${index}`));
    await run(new RecordingSender(), orders(...rows), { onProgress: (counts) => seen.push(counts.rows) });
    expect(seen.length).toBeGreaterThan(5);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(500);
  });
});

describe('the other kinds', () => {
  it.each([
    [
      'credit-notes' as const,
      `accountId,creditNoteId,issuedAt,currency,sku,quantity,unitPrice,orderId,reason\na,c1,${AT},EUR,s,1,2,o1,late\n`,
      {
        type: 'issue-credit-note',
        params: { accountId: 'a' },
        body: {
          creditNoteId: 'c1',
          issuedAt: AT,
          currency: 'EUR',
          orderId: 'o1',
          reason: 'late',
          lines: [{ sku: 's', quantity: '1', unitPrice: '2' }],
        },
      },
    ],
    [
      'surveys' as const,
      `accountId,surveyId,metric,score,scoredAt,comment\na,s1,nps,10,${AT},\n`,
      {
        type: 'score-survey',
        params: { accountId: 'a' },
        body: { surveyId: 's1', metric: 'nps', score: 10, scoredAt: AT },
      },
    ],
    [
      'visits' as const,
      `accountId,visitId,channel,visitedAt,summary\na,v1,mail,${AT},Sent the offer\n`,
      {
        type: 'log-visit',
        params: { accountId: 'a' },
        body: { visitId: 'v1', channel: 'mail', visitedAt: AT, summary: 'Sent the offer' },
      },
    ],
  ])('%s', async (kind, text, command) => {
    const sender = new RecordingSender();
    expect((await run(sender, text, { kind })).answer).toMatchObject({ documents: { accepted: 1 }, errors: [] });
    expect(sender.sent[0]).toEqual({ type: 'ensure-account', params: {}, body: { accountId: 'a', at: AT } });
    expect(sender.sent[1]).toEqual(command);
  });

  it('accounts', async () => {
    const sender = new RecordingSender();
    await run(sender, 'accountId,name,region,groupId\na,Acme,north,\n', { kind: 'accounts' });
    expect(sender.sent).toMatchObject([{ params: {}, body: { accountId: 'a', name: 'Acme', region: 'north' } }]);
  });

  it('exchange rates', async () => {
    const sender = new RecordingSender();
    const text = 'currency,date,rate\nEUR,2026-01-02,7.8214\nEUROS,2026-02-30,0\n';
    const { answer } = await run(sender, text, { kind: 'exchange-rates' });
    expect(sender.sent).toEqual([
      { type: 'set-exchange-rate', params: { currency: 'EUR', date: '2026-01-02' }, body: { rate: '7.8214' } },
    ]);
    expect(answer.errors.map(({ code, field, row }) => [row, field, code])).toEqual([
      [2, 'currency', 'currency'],
      [2, 'date', 'date'],
      [2, 'rate', 'rate'],
    ]);
  });

  it('surveys with a score that is no number', async () => {
    const text = `accountId,surveyId,metric,score,scoredAt\na,s1,nps,ten,${AT}\n`;
    const { answer } = await run(new RecordingSender(), text, { kind: 'surveys' });
    expect(answer.errors).toMatchObject([{ row: 1, field: 'score', code: 'is-number' }]);
  });
});
