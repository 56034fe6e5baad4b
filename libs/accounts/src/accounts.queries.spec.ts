import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parseDate, ZonedCalendar } from '#calendar';
import type { ReadStore } from '#event-sourcing';
import { type OpenedReadStore, recordedHistory, type StreamFact, storeProjected } from '#event-sourcing-testing';
import {
  type AccountFacet,
  type LedgerSettings,
  type ListAnswer,
  type PersonalData,
  PortraitRegistry,
  type Reader,
} from '#platform';
import { newSqliteReadStore } from '#test/laws/sqlite-read-stores';
import {
  AccountListHandler,
  type AccountListItem,
  type AccountListParameters,
  AccountListQuery,
} from './account-list.queries.js';
import {
  AccountContactsHandler,
  type AccountContactsParameters,
  AccountContactsQuery,
  AccountTeamHandler,
  AccountTeamQuery,
} from './account-people.queries.js';
import { AccountPortraitHandler, AccountPortraitQuery } from './account-portrait.queries.js';
import { accountsCapability } from './accounts.capability.js';
import type { AccountsEvent } from './accounts.events.js';
import { ACCOUNTS } from './projections/accounts.projection.js';
import { ReadStoreAccountDirectory } from './read-store-account-directory.js';

const settings: LedgerSettings = { calendar: new ZonedCalendar('UTC'), baseCurrency: 'CNY' };
const reader: Reader = { actor: 'somebody', role: 'analyst', now: '2026-09-15T12:00:00.000Z' };

/** Opens what looks sealed; the person of contact `gone` is erased. */
const personalData: PersonalData = {
  seal: async (personId, field, text) => `${personId}|${field}|${text}`,
  async open(personId, field, sealed) {
    const [sealedFor, sealedAs, text = ''] = sealed.split('|');
    expect([sealedFor, sealedAs]).toEqual([personId, field]);
    return personId.endsWith('/gone') ? null : text;
  },
};

function fact(accountId: string, date: string, event: Pick<AccountsEvent, 'type' | 'data'>): StreamFact {
  return [`account-${accountId}`, { ...event, occurredAt: `${date}T12:00:00.000Z` }];
}

function registered(accountId: string, date: string, data: object): StreamFact {
  const full = { accountId, name: accountId, provisional: false, ...data };
  return fact(accountId, date, { type: 'account-registered.v1', data: full });
}

function assigned(accountId: string, date: string, member: string, role: 'key-account-manager' | 'sales'): StreamFact {
  return fact(accountId, date, { type: 'member-assigned.v1', data: { member, role } });
}

function sealed(accountId: string, contactId: string, field: string, text: string): string {
  return `${accountId}/${contactId}|${field}|${text}`;
}

/**
 * acme: north, then east from July on; group g1 until June; li is manager, bo sales until May; contacts. bolt: north, bo
 * sales. cask: no region, lost in August. dune: registered in August. Églantine: north.
 */
const HISTORY = recordedHistory([
  registered('acme', '2026-01-10', {
    name: 'Acme',
    region: 'north',
    groupId: 'g1',
    externalIds: { erp: 'ERP-77' },
    tags: ['export'],
  }),
  assigned('acme', '2026-01-10', 'bo', 'sales'),
  assigned('acme', '2026-02-10', 'li', 'key-account-manager'),
  fact('acme', '2026-02-01', {
    type: 'contact-added.v1',
    data: {
      contactId: 'gone',
      role: 'sponsor',
      name: sealed('acme', 'gone', 'name', 'Xu'),
      email: sealed('acme', 'gone', 'email', 'xu@acme.example'),
      attitude: 2,
    },
  }),
  fact('acme', '2026-03-01', {
    type: 'contact-added.v1',
    data: {
      contactId: 'wang',
      role: 'decision-maker',
      name: sealed('acme', 'wang', 'name', 'Wang Fang'),
      reportsTo: 'gone',
    },
  }),
  fact('acme', '2026-04-01', {
    type: 'contact-changed.v1',
    data: { contactId: 'wang', attitude: 1, preferences: sealed('acme', 'wang', 'preferences', 'Mail.') },
  }),
  fact('acme', '2026-06-15', { type: 'contact-departed.v1', data: { contactId: 'gone' } }),
  fact('acme', '2026-05-01', { type: 'member-released.v1', data: { member: 'bo', role: 'sales' } }),
  fact('acme', '2026-06-01', { type: 'account-group-left.v1', data: { groupId: 'g1' } }),
  fact('acme', '2026-07-01', {
    type: 'account-profile-corrected.v1',
    data: { field: 'region', from: 'north', to: 'east', reason: 'Moved.' },
  }),
  registered('bolt', '2026-02-01', { name: 'Bolt', region: 'north' }),
  assigned('bolt', '2026-02-01', 'bo', 'sales'),
  registered('cask', '2026-03-01', { name: 'Cask' }),
  fact('cask', '2026-08-01', { type: 'account-lost.v1', data: { reason: 'Price.' } }),
  registered('dune', '2026-08-20', { name: 'Acme Dune', region: 'south' }),
  registered('egla', '2026-04-01', { name: 'Églantine', region: 'north' }),
]);

let readStore: ReadStore;
let close: OpenedReadStore['close'];
let registry: PortraitRegistry;

beforeAll(async () => {
  ({ store: readStore, close } = await newSqliteReadStore());
  const projections = accountsCapability.projections(settings, accountsCapability.events.types);
  await storeProjected(readStore, projections, HISTORY);
});

afterAll(() => close());

beforeEach(() => {
  registry = new PortraitRegistry();
});

function day(date: string): number {
  return parseDate(date) ?? Number.NaN;
}

describe('the directory', () => {
  const directory = () => new ReadStoreAccountDirectory(readStore, settings);

  it('has all of many accounts, once each and in order', async () => {
    const { store, close } = await newSqliteReadStore();
    const names = Array.from({ length: 2_001 }, (_, number) => `a${String(number).padStart(4, '0')}`);
    try {
      await store.prepare([ACCOUNTS]);
      await store.write({
        documents: names.map((accountId) => ({
          collection: ACCOUNTS.name,
          key: [accountId],
          position: 1n,
          document: { accountId, name: accountId, status: 'active', search: accountId, firstFactDay: 7n },
        })),
        checkpoints: [],
      });
      const found = await new ReadStoreAccountDirectory(store, settings).all(7);
      expect(found.map(({ accountId }) => accountId)).toEqual(names);
      expect(await new ReadStoreAccountDirectory(store, settings).all(6)).toEqual([]);
    } finally {
      await close();
    }
  });

  it('has every account with a fact by the day, as it was on that day', async () => {
    expect(await directory().all(day('2026-03-01'))).toEqual([
      {
        accountId: 'acme',
        name: 'Acme',
        region: 'north',
        industry: null,
        groupId: 'g1',
        owner: 'li',
        firstFactDay: day('2026-01-10'),
      },
      {
        accountId: 'bolt',
        name: 'Bolt',
        region: 'north',
        industry: null,
        groupId: null,
        owner: 'bo',
        firstFactDay: day('2026-02-01'),
      },
      {
        accountId: 'cask',
        name: 'Cask',
        region: null,
        industry: null,
        groupId: null,
        owner: null,
        firstFactDay: day('2026-03-01'),
      },
    ]);
  });

  it('has one account, unless its first fact is later', async () => {
    expect(await directory().get('acme', day('2026-06-01'))).toMatchObject({ groupId: null, region: 'north' });
    expect(await directory().get('acme', day('2026-05-31'))).toMatchObject({ groupId: 'g1' });
    expect(await directory().get('dune', day('2026-08-19'))).toBeUndefined();
    expect(await directory().get('nobody', day('2026-08-19'))).toBeUndefined();
  });

  it('knows the accounts of a member of now', async () => {
    expect(await directory().ofMember('bo')).toEqual(new Set(['bolt']));
    expect(await directory().ofMember('li')).toEqual(new Set(['acme']));
    expect(await directory().ofMember('nobody')).toEqual(new Set());
  });
});

describe('the list of accounts', () => {
  const stage: AccountFacet = {
    key: 'stage',
    absent: 'exploratory',
    load: async () => new Map([['bolt', 'cooperative']]),
  };
  const overdueVisit: AccountFacet = {
    key: 'overdueVisit',
    absent: false,
    load: async () => new Map([['acme', true]]),
  };

  async function list(
    parameters: AccountListParameters = {},
    by: Reader = reader,
  ): Promise<ListAnswer<AccountListItem>> {
    return new AccountListHandler(readStore, settings, registry).execute(new AccountListQuery(parameters, by));
  }

  /** The ids of the whole list, read in pages of two. */
  async function ids(parameters: AccountListParameters = {}, by: Reader = reader): Promise<string[]> {
    const answer = await list(parameters, by);
    const all: string[] = [];
    let page = await answer.page(undefined, 2);
    for (;;) {
      all.push(...page.items.map(({ accountId }) => accountId));
      expect(page.items.length).toBeLessThanOrEqual(2);
      if (page.next === undefined) return all;
      page = await answer.page(page.next, 2);
    }
  }

  it('has all of an account that a line needs', async () => {
    registry.addFacet(stage);
    const answer = await list({ q: 'erp-77' });
    expect(await answer.page(undefined, 50)).toEqual({
      items: [
        {
          accountId: 'acme',
          name: 'Acme',
          region: 'east',
          industry: null,
          groupId: null,
          owner: 'li',
          status: 'active',
          stage: 'exploratory',
        },
      ],
    });
    expect(answer.asOf).toBe('2026-09-15');
    expect(answer.columns).toEqual(['accountId', 'name', 'region', 'industry', 'groupId', 'owner', 'status', 'stage']);
  });

  it.each<[AccountListParameters, string[]]>([
    [{}, ['acme', 'dune', 'bolt', 'cask', 'egla']],
    [{ sort: '-name' }, ['egla', 'cask', 'bolt', 'dune', 'acme']],
    [{ sort: 'accountId' }, ['acme', 'bolt', 'cask', 'dune', 'egla']],
    [{ sort: '-accountId' }, ['egla', 'dune', 'cask', 'bolt', 'acme']],
    [{ sort: 'region' }, ['cask', 'acme', 'bolt', 'egla', 'dune']],
    [{ sort: '-region' }, ['dune', 'bolt', 'egla', 'acme', 'cask']],
    [{ q: 'ACME' }, ['acme', 'dune']],
    [{ q: 'ÉGLANT' }, ['egla']],
    [{ q: 'nothing like it' }, []],
    [{ region: 'north' }, ['bolt', 'egla']],
    [{ owner: 'bo' }, ['bolt']],
    [{ owner: 'li', region: 'east', q: 'acme' }, ['acme']],
    [{ asOf: '2026-08-19' }, ['acme', 'bolt', 'cask', 'egla']],
    [{ asOf: '2026-06-30', region: 'north' }, ['acme', 'bolt', 'egla']],
    [{ asOf: '2026-07-01', region: 'north' }, ['bolt', 'egla']],
    [{ asOf: '2026-08-31', sort: '-region' }, ['dune', 'bolt', 'egla', 'acme', 'cask']],
    [{ asOf: '2026-01-09' }, []],
    [{ asOf: '2026-12-31', owner: 'bo' }, ['bolt']],
  ])('filters and sorts: %j', async (parameters, expected) => {
    expect(await ids(parameters)).toEqual(expected);
  });

  it('filters by what other capabilities know', async () => {
    registry.addFacet(stage);
    registry.addFacet(overdueVisit);
    expect(await ids({ stage: 'cooperative' })).toEqual(['bolt']);
    expect(await ids({ stage: 'exploratory' })).toEqual(['acme', 'dune', 'cask', 'egla']);
    expect(await ids({ overdueVisit: true })).toEqual(['acme']);
    expect(await ids({ overdueVisit: false, region: 'north' })).toEqual(['bolt', 'egla']);
  });

  it('refuses a filter that nobody keeps', async () => {
    await expect(list({ tier: 'key' })).rejects.toMatchObject({ status: 400, code: 'invalid-request' });
  });

  it('asks for the facets of a page, and of all accounts once when the list is streamed', async () => {
    const asked: (readonly string[] | undefined)[] = [];
    registry.addFacet({
      ...stage,
      async load(_, accounts) {
        asked.push(accounts);
        return new Map();
      },
    });
    await ids();
    expect(asked).toEqual([['acme', 'dune'], undefined]);
  });

  it('shows a limited key its own accounts only', async () => {
    const limited: Reader = { ...reader, accounts: new Set(['bolt', 'cask']) };
    expect(await ids({}, limited)).toEqual(['bolt', 'cask']);
    expect(await ids({ asOf: '2026-02-15' }, limited)).toEqual(['bolt']);
    expect(await ids({}, { ...reader, accounts: new Set() })).toEqual([]);
  });

  it('shows status and region as of the day', async () => {
    const before = await (await list({ asOf: '2026-07-31', q: 'cask' })).page(undefined, 5);
    const after = await (await list({ asOf: '2026-08-01', q: 'cask' })).page(undefined, 5);
    expect([before, after].map(({ items }) => items[0]?.status)).toEqual(['active', 'lost']);
  });
});

describe('the portrait of an account', () => {
  function portrait(accountId: string, asOf?: string, store = readStore): Promise<object> {
    const handler = new AccountPortraitHandler(store, settings, personalData, registry);
    const parameters = { accountId, ...(asOf === undefined ? {} : { asOf }) };
    return handler.execute(new AccountPortraitQuery(parameters, reader));
  }

  const wang = {
    contactId: 'wang',
    role: 'decision-maker',
    name: 'Wang Fang',
    email: null,
    phone: null,
    attitude: 1,
    reportsTo: 'gone',
    preferences: 'Mail.',
    addedAt: '2026-03-01T12:00:00.000Z',
    departedAt: null,
  };

  it('shows the account as it is, with what other capabilities add', async () => {
    registry.addPart({ key: 'orders', load: async (accountId, asOf) => ({ accountId, asOf }) });
    expect(await portrait('acme')).toEqual({
      accountId: 'acme',
      name: 'Acme',
      provisional: false,
      industry: null,
      region: 'east',
      externalIds: { erp: 'ERP-77' },
      tags: ['export'],
      groupId: null,
      groupHistory: [
        { groupId: 'g1', since: null },
        { groupId: null, since: '2026-06-01T12:00:00.000Z' },
      ],
      status: 'active',
      owner: 'li',
      team: [{ member: 'li', role: 'key-account-manager', since: '2026-02-10T12:00:00.000Z' }],
      contacts: [
        {
          contactId: 'gone',
          role: 'sponsor',
          name: null,
          email: null,
          phone: null,
          attitude: 2,
          reportsTo: null,
          preferences: null,
          addedAt: '2026-02-01T12:00:00.000Z',
          departedAt: '2026-06-15T12:00:00.000Z',
        },
        wang,
      ],
      buyingCentre: {
        roles: { sponsor: [], 'decision-maker': ['wang'], approver: [], influencer: [], purchaser: [], user: [] },
        gaps: [{ gap: 'no-executive-sponsor' }, { gap: 'champion-departed', contactId: 'gone' }],
      },
      firstFactOn: '2026-01-10',
      lastFactOn: '2026-07-01',
      revision: 9,
      asOf: '2026-09-15',
      orders: { accountId: 'acme', asOf: day('2026-09-15') },
    });
  });

  it('shows it as it was', async () => {
    expect(await portrait('acme', '2026-03-15')).toMatchObject({
      region: 'north',
      groupId: 'g1',
      groupHistory: [{ groupId: 'g1', since: null }],
      team: [
        { member: 'li', role: 'key-account-manager' },
        { member: 'bo', role: 'sales' },
      ],
      contacts: [
        { contactId: 'gone', departedAt: null },
        { ...wang, attitude: null, preferences: null },
      ],
      buyingCentre: { gaps: [] },
      asOf: '2026-03-15',
    });
    expect(await portrait('acme', '2026-01-10')).toMatchObject({ contacts: [], team: [{ member: 'bo' }] });
  });

  it('is not there for an account without a fact by the day', async () => {
    await expect(portrait('nobody')).rejects.toMatchObject({ status: 404, code: 'account-not-found' });
    await expect(portrait('acme', '2026-01-09')).rejects.toMatchObject({ status: 404, code: 'account-not-found' });
  });

  it('lets no part of another capability stand for its own', async () => {
    registry.addPart({ key: 'name', load: async () => 'another' });
    expect(await portrait('bolt')).toMatchObject({ name: 'Bolt' });
  });

  it('is not there before all of it is', async () => {
    const { store, close } = await newSqliteReadStore();
    try {
      const projections = accountsCapability.projections(settings, accountsCapability.events.types);
      await storeProjected(
        store,
        projections.filter((each) => !('writtenLast' in each)),
        HISTORY,
      );
      await store.prepare(projections.map(({ collection }) => collection));
      await expect(portrait('bolt', undefined, store)).rejects.toMatchObject({ code: 'account-not-found' });
      await storeProjected(store, projections, HISTORY);
      expect(await portrait('bolt', undefined, store)).toMatchObject({ revision: 1 });
    } finally {
      await close();
    }
  });
});

describe('the people around an account', () => {
  async function contactIds(parameters: Partial<AccountContactsParameters>, limit = 50) {
    const handler = new AccountContactsHandler(readStore, settings, personalData);
    const answer = await handler.execute(new AccountContactsQuery({ accountId: 'acme', ...parameters }, reader));
    const first = await answer.page(undefined, limit);
    const second = first.next === undefined ? [] : (await answer.page(first.next, limit)).items;
    return [first.items, second].map((items) => items.map(({ contactId }) => contactId));
  }

  it('lists contacts by id, page by page, by role and as of a day', async () => {
    expect(await contactIds({})).toEqual([['gone', 'wang'], []]);
    expect(await contactIds({}, 1)).toEqual([['gone'], ['wang']]);
    expect(await contactIds({ role: 'sponsor' })).toEqual([['gone'], []]);
    expect(await contactIds({ asOf: '2026-02-28' })).toEqual([['gone'], []]);
    await expect(contactIds({ accountId: 'nobody' })).rejects.toMatchObject({ status: 404 });
  });

  it('lists the team as of a day', async () => {
    const handler = new AccountTeamHandler(readStore, settings);
    const team = async (parameters: object) => {
      const answer = await handler.execute(new AccountTeamQuery({ accountId: 'acme', ...parameters }, reader));
      return (await answer.page(undefined, 50)).items.map(({ member, role }) => `${member} ${role}`);
    };
    expect(await team({})).toEqual(['li key-account-manager']);
    expect(await team({ asOf: '2026-04-30' })).toEqual(['li key-account-manager', 'bo sales']);
    expect(await team({ asOf: '2026-02-09' })).toEqual(['bo sales']);
    await expect(team({ accountId: 'nobody' })).rejects.toMatchObject({ code: 'account-not-found' });
  });
});
