import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseDate, ZonedCalendar } from '#calendar';
import type { ReadStore } from '#event-sourcing';
import { type OpenedReadStore, recordedHistory, type StreamFact, storeProjected } from '#event-sourcing-testing';
import type { AccountDirectory, AccountEntry, LedgerSettings, ListAnswer, Reader } from '#platform';
import { newSqliteReadStore } from '#test/laws/sqlite-read-stores';
import { DueVisitsHandler, type DueVisitsParameters, DueVisitsQuery } from './due-visits.query.js';
import { engagementCapability } from './engagement.capability.js';
import type { CadenceSet, CadenceSetData, VisitLogged, VisitLoggedData } from './engagement.events.js';
import { engagementMetrics } from './engagement.metrics.js';
import { engagementPart, overdueVisitFacet } from './engagement.portrait.js';
import { CadenceHandler, CadenceQuery, VisitsHandler, VisitsQuery } from './engagement.queries.js';

const settings: LedgerSettings = { calendar: new ZonedCalendar('UTC'), baseCurrency: 'CNY' };
const reader: Reader = { actor: 'somebody', role: 'sales', now: '2026-03-20T12:00:00.000Z' };

function day(date: string): number {
  return parseDate(date) ?? Number.NaN;
}

function visit(accountId: string, visitId: string, date: string, more: Partial<VisitLoggedData> = {}): StreamFact {
  const data: VisitLoggedData = { visitId, channel: 'on-site', ...more };
  const event: VisitLogged = { type: 'visit-logged.v1', data, occurredAt: `${date}T10:00:00.000Z` };
  return [`account-${accountId}`, event];
}

function cadence(accountId: string, date: string, data: CadenceSetData): StreamFact {
  const event: CadenceSet = { type: 'cadence-set.v1', data, occurredAt: `${date}T00:00:00.000Z` };
  return [`account-${accountId}`, event];
}

/**
 * acme: monthly with three days of grace, from March on every two months; visited in January, February and, recorded
 * last, late in January. bolt: monthly from the start, never visited. cask: visited, without a cadence. dune: a cadence
 * without start, never visited. edge: as acme in the beginning, looked after by nobody.
 */
const HISTORY = recordedHistory([
  cadence('acme', '2026-01-01', { every: 'P1M', graceDays: 3 }),
  visit('acme', 'a1', '2026-01-10', { nextStep: { text: 'Send samples', due: '2026-01-20' } }),
  visit('acme', 'a2', '2026-02-05', { nextStep: { text: 'Invite to the fair' } }),
  cadence('acme', '2026-03-01', { every: 'P2M', graceDays: 0 }),
  visit('acme', 'a3', '2026-01-25'),
  cadence('bolt', '2026-01-15', { every: 'P1M', graceDays: 0, start: '2026-01-31' }),
  visit('cask', 'c1', '2026-02-01'),
  cadence('dune', '2026-01-01', { every: 'P1M', graceDays: 0 }),
  cadence('edge', '2026-01-01', { every: 'P1M', graceDays: 3 }),
  visit('edge', 'e1', '2026-01-28'),
]);

function entry(accountId: string, owner: string | null): AccountEntry {
  const name = `${accountId.toUpperCase()} Ltd`;
  return { accountId, name, owner, region: null, industry: null, groupId: null, firstFactDay: day('2026-01-01') };
}

const ENTRIES = [
  entry('acme', 'li'),
  entry('bolt', 'zhou'),
  entry('cask', 'li'),
  entry('dune', 'li'),
  entry('edge', null),
];
const directory: AccountDirectory = {
  all: async () => ENTRIES,
  get: async (accountId) => ENTRIES.find((each) => each.accountId === accountId),
  ofMember: async () => new Set(),
};

let readStore: ReadStore;
let close: OpenedReadStore['close'];

beforeAll(async () => {
  ({ store: readStore, close } = await newSqliteReadStore());
  await storeProjected(readStore, engagementCapability.projections(settings, []), HISTORY);
});

afterAll(() => close());

async function items<Item extends object>(answer: ListAnswer<Item>): Promise<readonly Item[]> {
  return (await answer.page(undefined, 500)).items;
}

describe('visits that are due', () => {
  async function due(parameters: DueVisitsParameters, who: Reader = reader) {
    const handler = new DueVisitsHandler(readStore, settings, directory);
    return items(await handler.execute(new DueVisitsQuery(parameters, who)));
  }

  const BOLT = {
    accountId: 'bolt',
    name: 'BOLT Ltd',
    owner: 'zhou',
    lastVisitAt: null,
    dueOn: '2026-02-28',
    overdueOn: '2026-03-01',
  };
  const EDGE = {
    accountId: 'edge',
    name: 'EDGE Ltd',
    owner: null,
    lastVisitAt: '2026-01-28T10:00:00.000Z',
    dueOn: '2026-02-28',
    overdueOn: '2026-03-04',
  };

  it('are listed as of today, the longest due first, by id among equals', async () => {
    expect(await due({})).toEqual([
      { ...BOLT, overdue: true, daysOverdue: 20 },
      { ...EDGE, overdue: true, daysOverdue: 17 },
    ]);
  });

  it('are listed as of a past day, under the cadence and with the visits of then', async () => {
    expect(await due({ asOf: '2026-02-28' })).toEqual([
      { ...BOLT, overdue: false, daysOverdue: 0 },
      { ...EDGE, overdue: false, daysOverdue: 0 },
    ]);
    expect(await due({ asOf: '2026-02-28', until: '2026-03-31' })).toContainEqual({
      accountId: 'acme',
      name: 'ACME Ltd',
      owner: 'li',
      lastVisitAt: '2026-02-05T10:00:00.000Z',
      dueOn: '2026-03-05',
      overdueOn: '2026-03-09',
      overdue: false,
      daysOverdue: 0,
    });
    const [acme] = await due({ asOf: '2026-01-31', until: '2026-02-27' });
    expect(acme).toMatchObject({ lastVisitAt: '2026-01-25T10:00:00.000Z', dueOn: '2026-02-25' });
  });

  it('are listed ahead, up to and with a day', async () => {
    expect((await due({ until: '2026-04-04' })).map(({ accountId }) => accountId)).toEqual(['bolt', 'edge']);
    expect((await due({ until: '2026-04-05' })).map(({ accountId }) => accountId)).toEqual(['bolt', 'edge', 'acme']);
  });

  it('are listed by owner', async () => {
    expect((await due({ owner: 'zhou' })).map(({ accountId }) => accountId)).toEqual(['bolt']);
    expect((await due({ owner: 'li', until: '2026-12-31' })).map(({ accountId }) => accountId)).toEqual(['acme']);
  });

  it('are listed by whether they are overdue', async () => {
    const asOf = '2026-03-02';
    expect((await due({ asOf, overdue: true })).map(({ accountId }) => accountId)).toEqual(['bolt']);
    expect((await due({ asOf, overdue: false })).map(({ accountId }) => accountId)).toEqual(['edge']);
  });

  it('are only those of accounts that the reader may see', async () => {
    expect(
      (await due({}, { ...reader, accounts: new Set(['edge', 'cask']) })).map(({ accountId }) => accountId),
    ).toEqual(['edge']);
  });
});

describe('the visits of an account', () => {
  const handler = () => new VisitsHandler(readStore, settings, directory);

  it('are listed newest first, page by page', async () => {
    const answer = await handler().execute(new VisitsQuery({ accountId: 'acme' }, reader));
    const first = await answer.page(undefined, 2);
    expect(first.items.map(({ visitId }) => visitId)).toEqual(['a2', 'a3']);
    const second = await answer.page(first.next, 2);
    expect(second).toEqual({
      items: [
        {
          visitId: 'a1',
          visitedAt: '2026-01-10T10:00:00.000Z',
          channel: 'on-site',
          participants: [],
          summary: null,
          needs: [],
          issues: [],
          nextStep: { text: 'Send samples', due: '2026-01-20' },
          recordedAt: '2026-01-10T10:00:00.000Z',
        },
      ],
    });
  });

  it('are none where none was logged, and not found for an account that is not there', async () => {
    expect(await items(await handler().execute(new VisitsQuery({ accountId: 'dune' }, reader)))).toEqual([]);
    await expect(handler().execute(new VisitsQuery({ accountId: 'nobody' }, reader))).rejects.toMatchObject({
      status: 404,
      code: 'account-not-found',
    });
  });
});

describe('the cadence of an account', () => {
  const handler = () => new CadenceHandler(readStore, settings);

  it('is the one in force on the day, with the next visit', async () => {
    expect(await handler().execute(new CadenceQuery({ accountId: 'acme', asOf: '2026-02-28' }, reader))).toEqual({
      accountId: 'acme',
      every: 'P1M',
      graceDays: 3,
      start: null,
      setOn: '2026-01-01',
      lastVisitAt: '2026-02-05T10:00:00.000Z',
      dueOn: '2026-03-05',
      overdueOn: '2026-03-09',
      overdue: false,
      daysOverdue: 0,
      asOf: '2026-02-28',
    });
    expect(await handler().execute(new CadenceQuery({ accountId: 'acme' }, reader))).toMatchObject({
      every: 'P2M',
      setOn: '2026-03-01',
      dueOn: '2026-04-05',
      asOf: '2026-03-20',
    });
  });

  it('is not found before one was set', async () => {
    await expect(
      handler().execute(new CadenceQuery({ accountId: 'bolt', asOf: '2026-01-14' }, reader)),
    ).rejects.toMatchObject({ status: 404, code: 'cadence-not-found' });
  });
});

describe('what portraits and lists show', () => {
  it('is where the account stands, with the next steps of its newest visits', async () => {
    expect(await engagementPart(settings, readStore).load('acme', day('2026-03-20'), {})).toEqual({
      lastVisitAt: '2026-02-05T10:00:00.000Z',
      dueOn: '2026-04-05',
      overdueOn: '2026-04-06',
      overdue: false,
      daysOverdue: 0,
      cadence: { every: 'P2M', graceDays: 0, start: null, setOn: '2026-03-01' },
      nextSteps: [
        { visitId: 'a2', visitedAt: '2026-02-05T10:00:00.000Z', text: 'Invite to the fair', due: null },
        { visitId: 'a1', visitedAt: '2026-01-10T10:00:00.000Z', text: 'Send samples', due: '2026-01-20' },
      ],
    });
  });

  it('knows no later visit than the day, and no cadence where there is none', async () => {
    expect(await engagementPart(settings, readStore).load('acme', day('2026-01-10'), {})).toMatchObject({
      lastVisitAt: '2026-01-10T10:00:00.000Z',
      nextSteps: [{ visitId: 'a1' }],
    });
    expect(await engagementPart(settings, readStore).load('cask', day('2026-03-20'), {})).toEqual({
      lastVisitAt: '2026-02-01T10:00:00.000Z',
      dueOn: null,
      overdueOn: null,
      overdue: false,
      daysOverdue: 0,
      cadence: null,
      nextSteps: [],
    });
  });

  it('is whether the next visit is overdue', async () => {
    const facet = overdueVisitFacet(settings, readStore);
    expect(facet.absent).toBe(false);
    expect(await facet.load(day('2026-03-02'))).toEqual(new Map([['bolt', true]]));
  });
});

describe('the metrics of engagement', () => {
  const metrics = () => engagementMetrics(settings, readStore);

  it('count visits and kept periods of the window', async () => {
    // As of 2026-02-28 acme's months are January (three visits up to then) and February; bolt's first one lasts from
    // 31 January to 27 February; dune's are two without a visit, edge's two with one.
    expect(await metrics().load({ asOf: day('2026-02-28'), windowMonths: 12 })).toEqual(
      new Map([
        ['acme', { visits: 3, cadenceKept: 1 }],
        ['cask', { visits: 1, cadenceKept: null }],
        ['edge', { visits: 1, cadenceKept: 1 / 2 }],
        ['bolt', { visits: 0, cadenceKept: 0 }],
        ['dune', { visits: 0, cadenceKept: 0 }],
      ]),
    );
  });

  it('leave out what lies before the window', async () => {
    const values = await metrics().load({ asOf: day('2026-02-28'), windowMonths: 1, accounts: ['acme', 'edge'] });
    expect(values).toEqual(
      new Map([
        ['acme', { visits: 1, cadenceKept: 1 }],
        ['edge', { visits: 0, cadenceKept: 0 }],
      ]),
    );
  });

  it('count under the cadence in force, which may have ended no period yet', async () => {
    expect(await metrics().load({ asOf: day('2026-03-20'), windowMonths: null, accounts: ['acme'] })).toEqual(
      new Map([['acme', { visits: 3, cadenceKept: null }]]),
    );
  });

  it('are only those asked for, and known for accounts without any fact', async () => {
    const request = { asOf: day('2026-02-28'), windowMonths: 12, accounts: ['cask'] };
    expect(await metrics().load({ ...request, ids: ['visits'] })).toEqual(new Map([['cask', { visits: 1 }]]));
    expect(metrics().absent()).toEqual({ visits: 0, cadenceKept: null });
  });
});
