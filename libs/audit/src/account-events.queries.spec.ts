import { describe, expect, it } from '@jest/globals';
import { ZonedCalendar } from '#calendar';
import { InMemoryEventStore, recordedHistory, type StreamFact } from '#event-sourcing-testing';
import type { LedgerSettings, Reader } from '#platform';
import { AccountEventsHandler, type AccountEventsParameters, AccountEventsQuery } from './account-events.queries.js';

const settings: LedgerSettings = { calendar: new ZonedCalendar('Asia/Shanghai'), baseCurrency: 'CNY' };
const reader: Reader = { actor: 'somebody', role: 'auditor', now: '2026-09-15T12:00:00.000Z' };

function fact(stream: string, type: string, occurredAt: string, data: object = {}): StreamFact {
  return [stream, { type, data, occurredAt }];
}

/** Revisions 0 to 4 of acme, the fourth of them a late fact, with another account's event between. */
const HISTORY = recordedHistory([
  fact('account-acme', 'account-registered.v1', '2026-01-01T00:00:00.000Z', { name: 'Acme' }),
  fact('account-acme', 'order-placed.v1', '2026-02-01T00:00:00.000Z'),
  fact('account-bolt', 'account-registered.v1', '2026-02-01T00:00:00.000Z'),
  fact('account-acme', 'visit-logged.v1', '2026-03-01T16:00:00.000Z'),
  fact('account-acme', 'order-placed.v1', '2026-01-15T00:00:00.000Z'),
  fact('account-acme', 'contact-added.v1', '2026-04-01T00:00:00.000Z', { name: 'sealed.v1.abc' }),
]);

const handler = new AccountEventsHandler(new InMemoryEventStore(HISTORY), settings);

async function answerOf(parameters: Partial<AccountEventsParameters>) {
  return handler.execute(new AccountEventsQuery({ accountId: 'acme', ...parameters }, reader));
}

/** The revisions of all pages. */
async function pages(parameters: Partial<AccountEventsParameters>, limit: number): Promise<number[][]> {
  const answer = await answerOf(parameters);
  const all: number[][] = [];
  let page = await answer.page(undefined, limit);
  for (;;) {
    all.push(page.items.map(({ revision }) => revision));
    if (page.next === undefined) return all;
    page = await answer.page(page.next, limit);
  }
}

describe('the history of an account', () => {
  it('gives the events as they are stored', async () => {
    const { items } = await (await answerOf({})).page(undefined, 50);
    const stored = HISTORY[5];
    expect(items).toHaveLength(5);
    expect(items[4]).toEqual({
      revision: 4,
      position: '60',
      eventId: stored?.id,
      type: 'contact-added.v1',
      occurredAt: '2026-04-01T00:00:00.000Z',
      recordedAt: '2026-04-01T00:00:00.000Z',
      actor: 'somebody',
      data: { name: 'sealed.v1.abc' },
      metadata: stored?.metadata,
    });
  });

  it.each<[Partial<AccountEventsParameters>, number, number[][]]>([
    [{}, 2, [[0, 1], [2, 3], [4]]],
    [{}, 5, [[0, 1, 2, 3, 4]]],
    [{ order: 'desc' }, 2, [[4, 3], [2, 1], [0]]],
    [{ order: 'desc', fromRevision: 2 }, 2, [[2, 1], [0]]],
    [{ fromRevision: 3 }, 2, [[3, 4]]],
    [{ fromRevision: 5 }, 2, [[]]],
    [{ types: 'order-placed.v1' }, 1, [[1], [3]]],
    [{ types: 'order-placed.v1, visit-logged.v1', order: 'desc' }, 2, [[3, 2], [1]]],
    [{ types: 'order-placed.v1', fromRevision: 2 }, 2, [[3]]],
    [{ types: 'order-cancelled.v1' }, 2, [[]]],
    [{ since: '2026-02-01T00:00:00Z' }, 5, [[1, 2, 4]]],
    [{ until: '2026-02-01T08:00:00+08:00' }, 5, [[0, 1, 3]]],
    [{ since: '2026-01-15T00:00:00.001Z', until: '2026-03-01T15:59:59.999Z' }, 5, [[1]]],
    // 2026-03-01T16:00Z is the first instant of 2 March in Shanghai.
    [{ since: '2026-03-02', until: '2026-03-02' }, 5, [[2]]],
    [{ until: '2026-03-01' }, 5, [[0, 1, 3]]],
  ])('pages and filters: %j by %i', async (parameters, limit, expected) => {
    expect(await pages(parameters, limit)).toEqual(expected);
  });

  it('goes on where it was while events are added', async () => {
    const store = new InMemoryEventStore(HISTORY.slice(0, 4));
    const query = new AccountEventsQuery({ accountId: 'acme', order: 'desc' }, reader);
    const answer = await new AccountEventsHandler(store, settings).execute(query);
    const first = await answer.page(undefined, 2);
    store.record(HISTORY.slice(4));
    const second = await answer.page(first.next, 2);
    expect([...first.items, ...second.items].map(({ revision }) => revision)).toEqual([2, 1, 0]);
  });

  it('is not there for an account without events', async () => {
    await expect(answerOf({ accountId: 'nobody' })).rejects.toMatchObject({ status: 404, code: 'account-not-found' });
  });

  it.each<Partial<AccountEventsParameters>>([
    { since: '2026-02-01T00:00:00' },
    { until: 'May' },
    { types: 'OrderPlaced' },
    { types: 'a.v1,,b.v1' },
  ])('refuses %j', async (parameters) => {
    await expect(answerOf(parameters)).rejects.toMatchObject({ status: 400, code: 'invalid-request' });
  });
});
