import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseDate, ZonedCalendar } from '#calendar';
import type { FieldValue, ReadStore } from '#event-sourcing';
import { type OpenedReadStore, recordedHistory, type StreamFact, storeProjected } from '#event-sourcing-testing';
import {
  type AccountDirectory,
  type AccountEntry,
  type LedgerSettings,
  PortraitRegistry,
  Problem,
  type Reader,
} from '#platform';
import { newSqliteReadStore } from '#test/laws/sqlite-read-stores';
import { stageTransitionsProjection } from './projections/stage-transitions.projection.js';
import {
  DISINTEGRATION_DECLARED,
  STAGE_ADVANCED,
  STAGE_REGRESSED,
  type Stage,
  type StageAdvancedData,
} from './relationship.events.js';
import { RelationshipModule } from './relationship.module.js';
import {
  RelationshipStagesHandler,
  type RelationshipStagesParameters,
  RelationshipStagesQuery,
} from './relationship-stages.queries.js';
import {
  StageTransitionsHandler,
  type StageTransitionsParameters,
  StageTransitionsQuery,
} from './stage-transitions.queries.js';

/** Shanghai is eight hours ahead: 16:00 UTC is midnight there. */
const settings: LedgerSettings = { calendar: new ZonedCalendar('Asia/Shanghai'), baseCurrency: 'CNY' };
/** 15 June 2026 in Shanghai. */
const READER: Reader = { actor: 'an', role: 'analyst', now: '2026-06-15T04:00:00.000Z' };
const UNMET = [{ guard: 'orders-in-12-months', required: 3, actual: 1 }];

function moved(account: string, from: Stage, to: Stage, at: string, more: Partial<StageAdvancedData> = {}): StreamFact {
  const type =
    to === 'disintegrating' ? DISINTEGRATION_DECLARED : to === 'exploratory' ? STAGE_REGRESSED : STAGE_ADVANCED;
  return [`account-${account}`, { type, data: { from, to, ...more }, occurredAt: at }];
}

const ACME_FIRST = '2025-06-30T04:00:00.000Z';
const BOLT_FIRST = '2026-03-07T04:00:00.000Z';
/** 5 June in Shanghai, 4 June in UTC. */
const CORE = '2026-06-04T16:00:00.000Z';
const FLY = '2026-06-15T01:00:00.000Z';

const HISTORY = recordedHistory([
  moved('fly', 'exploratory', 'cooperative', FLY),
  moved('acme', 'exploratory', 'cooperative', ACME_FIRST, { evidence: 'three orders' }),
  moved('bolt', 'exploratory', 'cooperative', BOLT_FIRST, { override: true, reason: 'strategic', unmet: UNMET }),
  moved('acme', 'cooperative', 'interdependent', '2026-01-16T04:00:00.000Z', { fromSince: ACME_FIRST }),
  moved('core', 'exploratory', 'cooperative', CORE),
  moved('fly', 'cooperative', 'exploratory', FLY, { fromSince: FLY, reason: 'a mistake' }),
  moved('bolt', 'cooperative', 'disintegrating', '2026-06-05T02:00:00.000Z', {
    fromSince: BOLT_FIRST,
    reason: 'price',
  }),
]);

const entry = (accountId: string, firstFact: string): AccountEntry => ({
  accountId,
  name: accountId,
  region: null,
  industry: null,
  groupId: null,
  owner: null,
  firstFactDay: parseDate(firstFact) ?? 0,
});
const ENTRIES = [
  entry('acme', '2025-01-01'),
  entry('bolt', '2025-03-01'),
  entry('core', '2025-06-15'),
  entry('dune', '2026-05-01'),
  entry('echo', '2026-06-10'),
  entry('fly', '2026-06-15'),
];
const accounts: AccountDirectory = {
  all: async (asOf) => ENTRIES.filter(({ firstFactDay }) => firstFactDay <= asOf),
  get: async (id, asOf) => ENTRIES.find(({ accountId, firstFactDay }) => accountId === id && firstFactDay <= asOf),
  ofMember: async () => new Set(),
};

let store: ReadStore;
let close: OpenedReadStore['close'];

beforeAll(async () => {
  ({ store, close } = await newSqliteReadStore());
  await storeProjected(store, [stageTransitionsProjection(settings)], HISTORY);
});

afterAll(() => close());

describe('the list of transitions', () => {
  function ask(parameters: StageTransitionsParameters, reader: Partial<Reader> = {}) {
    const handler = new StageTransitionsHandler(store, settings, accounts);
    return handler.execute(new StageTransitionsQuery(parameters, { ...READER, ...reader }));
  }

  /** Account, stages and days in the first of them. */
  async function list(parameters: StageTransitionsParameters = {}, reader: Partial<Reader> = {}) {
    const { items } = await (await ask(parameters, reader)).page(undefined, 50);
    return items.map(({ accountId, from, to, daysInFrom }) => `${accountId} ${from} ${to} ${daysInFrom}`);
  }

  // By hand: 1 Jan to 30 Jun 2025 is 180 days, on to 16 Jan 2026 200; 1 Mar 2025 to 7 Mar 2026 is 371, on to 5 Jun 90;
  // 15 Jun 2025 to 5 Jun 2026 is 355.
  const ALL = [
    'fly cooperative exploratory 0',
    'fly exploratory cooperative 0',
    'bolt cooperative disintegrating 90',
    'core exploratory cooperative 355',
    'bolt exploratory cooperative 371',
    'acme cooperative interdependent 200',
    'acme exploratory cooperative 180',
  ];

  it('has the newest first, of one instant the one recorded later', async () => {
    expect(await list()).toEqual(ALL);
  });

  it('tells everything about a transition', async () => {
    const { items } = await (await ask({ accountId: 'bolt', to: 'cooperative' })).page(undefined, 50);
    expect(items).toEqual([
      {
        accountId: 'bolt',
        from: 'exploratory',
        to: 'cooperative',
        at: BOLT_FIRST,
        recordedAt: BOLT_FIRST,
        daysInFrom: 371,
        reason: 'strategic',
        evidence: null,
        override: true,
        unmet: UNMET,
        actor: 'somebody',
        position: '30',
      },
    ]);
  });

  it('can be that of an account, of a stage left or entered', async () => {
    expect(await list({ accountId: 'acme' })).toEqual([ALL[5], ALL[6]]);
    expect(await list({ from: 'cooperative' })).toEqual([ALL[0], ALL[2], ALL[5]]);
    expect(await list({ to: 'cooperative', accountId: 'core' })).toEqual([ALL[3]]);
    expect(await list({ from: 'integrated' })).toEqual([]);
  });

  it('can be that between two days of the ledger’s zone, both included', async () => {
    expect(await list({ since: '2026-06-05', until: '2026-06-05' })).toEqual([ALL[2], ALL[3]]);
    expect(await list({ until: '2026-06-04' })).toEqual([ALL[4], ALL[5], ALL[6]]);
    expect(await list({ since: '2026-06-06' })).toEqual([ALL[0], ALL[1]]);
    await expect(ask({ since: '2026-06-06', until: '2026-06-05' })).rejects.toThrow(Problem);
  });

  it.each([1, 2, 3, 7])('comes in pages of %i without a gap or a double', async (limit) => {
    const answer = await ask({});
    const seen: string[] = [];
    for (let after: readonly FieldValue[] | undefined, more = true; more; ) {
      const { items, next } = await answer.page(after, limit);
      expect(items.length).toBeLessThanOrEqual(limit);
      seen.push(...items.map(({ accountId, from, to, daysInFrom }) => `${accountId} ${from} ${to} ${daysInFrom}`));
      after = next;
      more = next !== undefined;
    }
    expect(seen).toEqual(ALL);
  });

  it('leaves out what the reader may not see', async () => {
    expect(await list({}, { accounts: new Set(['core', 'dune']) })).toEqual([ALL[3]]);
    expect(await list({ accountId: 'core' }, { accounts: new Set(['core']) })).toEqual([ALL[3]]);
    expect(await list({ accountId: 'acme' }, { accounts: new Set(['core']) })).toEqual([]);
  });
});

describe('the stages', () => {
  function ask(parameters: RelationshipStagesParameters = {}, reader: Partial<Reader> = {}) {
    const handler = new RelationshipStagesHandler(store, settings, accounts);
    return handler.execute(new RelationshipStagesQuery(parameters, { ...READER, ...reader }));
  }

  // Exploratory on 15 June: dune for 45 days, echo for 5, fly (there and back) for 0.
  it('count the accounts today, with the median age of their spells, and where they were a year ago', async () => {
    expect(await ask()).toEqual({
      items: [
        { stage: 'exploratory', accounts: 3, medianDays: 5 },
        { stage: 'cooperative', accounts: 1, medianDays: 10 },
        { stage: 'interdependent', accounts: 1, medianDays: 150 },
        { stage: 'integrated', accounts: 0, medianDays: null },
        { stage: 'disintegrating', accounts: 1, medianDays: 10 },
      ],
      matrix: [
        { from: 'exploratory', to: 'cooperative', accounts: 1 },
        { from: 'exploratory', to: 'interdependent', accounts: 1 },
        { from: 'exploratory', to: 'disintegrating', accounts: 1 },
      ],
      asOf: '2026-06-15',
      since: '2025-06-15',
    });
  });

  it('can be compared with those of another day', async () => {
    expect((await ask({ since: '2026-03-31' })).matrix).toEqual([
      { from: 'exploratory', to: 'cooperative', accounts: 1 },
      { from: 'cooperative', to: 'disintegrating', accounts: 1 },
      { from: 'interdependent', to: 'interdependent', accounts: 1 },
    ]);
    expect((await ask({ since: '2026-06-15' })).matrix).toEqual([
      { from: 'exploratory', to: 'exploratory', accounts: 3 },
      { from: 'cooperative', to: 'cooperative', accounts: 1 },
      { from: 'interdependent', to: 'interdependent', accounts: 1 },
      { from: 'disintegrating', to: 'disintegrating', accounts: 1 },
    ]);
  });

  it('are known as of any past day', async () => {
    // 1 July 2025: acme cooperative for a day; bolt exploratory for 122 days, core for 16: half-way 69.
    expect((await ask({ asOf: '2025-07-01' })).items).toEqual([
      { stage: 'exploratory', accounts: 2, medianDays: 69 },
      { stage: 'cooperative', accounts: 1, medianDays: 1 },
      { stage: 'interdependent', accounts: 0, medianDays: null },
      { stage: 'integrated', accounts: 0, medianDays: null },
      { stage: 'disintegrating', accounts: 0, medianDays: null },
    ]);
    expect((await ask({ asOf: '2026-06-04' })).items[0]).toEqual({
      stage: 'exploratory',
      accounts: 2,
      // core for 354 days, dune for 34
      medianDays: 194,
    });
    expect((await ask({ asOf: '2024-12-31' })).items.every((each) => each.accounts === 0)).toBe(true);
  });

  it('leave out what the reader may not see', async () => {
    const { items, matrix } = await ask({}, { accounts: new Set(['acme']) });
    expect(items.map((each) => each.accounts)).toEqual([0, 0, 1, 0, 0]);
    expect(matrix).toEqual([{ from: 'exploratory', to: 'interdependent', accounts: 1 }]);
  });

  it('are not compared with a later day', async () => {
    await expect(ask({ asOf: '2026-06-01', since: '2026-06-02' })).rejects.toThrow(Problem);
  });
});

describe('the portrait and the list of accounts', () => {
  const registry = new PortraitRegistry();
  const day = (text: string) => parseDate(text) ?? 0;
  const part = (account: string, asOf: string) => registry.parts[0]?.load(account, day(asOf), {});

  beforeAll(() => {
    new RelationshipModule(registry, store, settings, accounts);
  });

  it('show the stage, since when, and the transitions by then', async () => {
    expect(await part('acme', '2026-01-26')).toEqual({
      stage: 'interdependent',
      since: '2026-01-16',
      daysInStage: 10,
      transitions: [
        { from: 'cooperative', to: 'interdependent', at: '2026-01-16T04:00:00.000Z', reason: null, override: false },
        { from: 'exploratory', to: 'cooperative', at: ACME_FIRST, reason: null, override: false },
      ],
    });
    expect(await part('acme', '2025-06-29')).toEqual({
      stage: 'exploratory',
      since: '2025-01-01',
      daysInStage: 179,
      transitions: [],
    });
    expect(await part('fly', '2026-06-15')).toMatchObject({
      stage: 'exploratory',
      since: '2026-06-15',
      daysInStage: 0,
    });
  });

  it('have the stage of every account that ever moved; the others are exploratory', async () => {
    const [facet] = registry.facets;
    expect(facet).toMatchObject({ key: 'stage', absent: 'exploratory' });
    expect(new Map(await facet?.load(day('2026-06-04')))).toEqual(
      new Map([
        ['acme', 'interdependent'],
        ['bolt', 'cooperative'],
      ]),
    );
    expect((await facet?.load(day('2026-06-15')))?.get('fly')).toBe('exploratory');
    expect(new Map(await facet?.load(day('2026-06-15'), ['acme', 'dune']))).toEqual(
      new Map([['acme', 'interdependent']]),
    );
  });
});
