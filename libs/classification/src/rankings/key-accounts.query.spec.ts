import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parseDate, ZonedCalendar } from '#calendar';
import { checkpointName, type ReadStore } from '#event-sourcing';
import { type OpenedReadStore, recordedHistory, type StreamFact, storeProjected } from '#event-sourcing-testing';
import {
  type AccountChanges,
  type AccountDirectory,
  type AccountEntry,
  compileCheck,
  type LedgerSettings,
  type ListAnswer,
  type MetricRequest,
  type MetricSource,
  type MetricValue,
  type Reader,
  ReadProgress,
} from '#platform';
import { newSqliteReadStore } from '#test/laws/sqlite-read-stores';
import { appraisalMetrics } from '../appraisal-metrics.js';
import { classificationCapability } from '../classification.capability.js';
import type { Policy } from '../classification.events.js';
import { METRIC_IDS } from '../metric-ids.js';
import { PolicyCatalog } from '../policies/policy-catalog.js';
import {
  type KeyAccount,
  KeyAccountsHandler,
  type KeyAccountsParameters,
  KeyAccountsQuery,
  keyAccounts,
} from './key-accounts.query.js';
import { Populations } from './populations.js';
import { classificationPart, tierFacet } from './ranking-portrait.js';
import { Rankings } from './rankings.js';

const settings: LedgerSettings = { calendar: new ZonedCalendar('UTC'), baseCurrency: 'EUR' };
const reader: Reader = { actor: 'ana', role: 'analyst', now: '2026-06-30T12:00:00.000Z' };

const day = (date: string): number => parseDate(date) ?? Number.NaN;

/** Two thirds judgement, one third revenue in two bins; candidates are the first two of those with revenue. */
const FIT_FIRST: Policy = {
  name: 'Fit first',
  windowMonths: 6,
  gates: [{ metric: 'revenue', op: '>', value: '0' }],
  criteria: [
    { key: 'fit', metric: 'appraisal:fit', weight: 2, missing: 'exclude', scale: { type: 'judgement' } },
    { key: 'revenue', metric: 'revenue', weight: 1, missing: 'exclude', scale: { type: 'quantile', bins: 2 } },
  ],
  minCoverage: 0,
  selection: { top: 2, requireGates: true },
  tiers: [{ tier: 'key', selected: true }, { tier: 'regular' }],
};
const BLOCKING: Policy = {
  ...FIT_FIRST,
  name: 'Fit or nothing',
  criteria: FIT_FIRST.criteria.map((each) => ({ ...each, missing: 'block' as const })),
};

function appraised(accountId: string, points: number, date: string): StreamFact {
  return [
    `account-${accountId}`,
    { type: 'account-appraised.v1', data: { criterion: 'fit', points }, occurredAt: `${date}T10:00:00.000Z` },
  ];
}

function ofPolicy(policyId: string, type: string, data: object): StreamFact {
  return [`policy-${policyId}`, { type, data: { policyId, ...data }, occurredAt: '2026-06-01T10:00:00.000Z' }];
}

const FACTS: readonly StreamFact[] = [
  appraised('acme', 4, '2026-01-10'),
  appraised('bolt', 9, '2026-02-10'),
  appraised('acme', 10, '2026-04-10'),
  // Recorded last, true before: changes what January was, not what April is.
  appraised('acme', 2, '2026-01-20'),
  ofPolicy('fit', 'policy-drafted.v1', { version: 1, policy: FIT_FIRST, draftedBy: 'ana' }),
  ofPolicy('fit', 'policy-published.v1', { version: 1, effectiveFrom: '2026-02-01' }),
  ofPolicy('fit', 'policy-drafted.v1', { version: 2, policy: BLOCKING, draftedBy: 'ana' }),
];

function entry(accountId: string, region: string | null, groupId: string | null, since: string): AccountEntry {
  return {
    accountId,
    name: accountId.toUpperCase(),
    region,
    industry: null,
    groupId,
    owner: null,
    firstFactDay: day(since),
  };
}

const ACCOUNTS = [
  entry('acme', 'north', 'group', '2025-01-01'),
  entry('bolt', 'south', 'group', '2025-01-01'),
  entry('cask', 'north', null, '2025-01-01'),
  entry('dune', null, null, '2026-05-01'),
];
const directory: AccountDirectory = {
  all: async (asOf) => ACCOUNTS.filter(({ firstFactDay }) => firstFactDay <= asOf),
  get: async (accountId, asOf) => ACCOUNTS.find((each) => each.accountId === accountId && each.firstFactDay <= asOf),
  ofMember: async () => new Set(),
};

/** The accounts that a test says have changed. */
let changed: readonly string[] = [];
const changes: AccountChanges = {
  changedAfter: async () => changed,
  entries: async (ids, asOf) => ACCOUNTS.filter((each) => ids.includes(each.accountId) && each.firstFactDay <= asOf),
};

/** Revenue of whoever has any, the same on every day; by what it was asked for. */
class Revenue implements MetricSource {
  readonly ids = ['revenue', 'activeMonths'];
  readonly requests: MetricRequest[] = [];
  readonly micros: Record<string, bigint> = { acme: 100_000_000n, bolt: 60_500_000n, cask: 40_000_000n };

  absent(): Record<string, MetricValue> {
    return { revenue: 0n, activeMonths: 0 };
  }

  async load(request: MetricRequest) {
    this.requests.push(request);
    return new Map(Object.entries(this.micros).map(([id, revenue]) => [id, { revenue, activeMonths: 12 }]));
  }
}

const projections = classificationCapability.projections(settings, []);

let readStore: ReadStore;
let close: OpenedReadStore['close'];

beforeAll(async () => {
  ({ store: readStore, close } = await newSqliteReadStore());
  await storeProjected(readStore, projections, recordedHistory(FACTS));
});

afterAll(() => close());

let revenue: Revenue;
let rankings: Rankings;

beforeEach(() => {
  revenue = new Revenue();
  const sources = [revenue, appraisalMetrics(settings, readStore)];
  changed = [];
  const populations = new Populations(readStore, sources, directory, changes, new ReadProgress(readStore, projections));
  rankings = new Rankings(populations, new PolicyCatalog(readStore, settings));
});

async function everything<Item extends object>(answer: ListAnswer<Item>, limit = 500): Promise<Item[]> {
  const items: Item[] = [];
  let { items: page, next } = await answer.page(undefined, limit);
  items.push(...page);
  while (next !== undefined) {
    ({ items: page, next } = await answer.page(next, limit));
    items.push(...page);
  }
  return items;
}

async function ranking(parameters: KeyAccountsParameters, as: Reader = reader): Promise<KeyAccount[]> {
  const answer = await new KeyAccountsHandler(rankings, settings).execute(new KeyAccountsQuery(parameters, as));
  return everything(answer);
}

describe('/key-accounts', () => {
  test('every account, best first, under the policy in force', async () => {
    const rows = await ranking({ asOf: '2026-06-30' });
    // acme: (2 × 10 + 1 × 10) / 3; bolt: (2 × 9 + 10) / 3; cask and dune are judged by revenue alone. Revenues are
    // 0, 40, 60.5, 100: the cut of two bins is at h = 3 × 1 / 2, between 40 and 60.5.
    expect(
      rows.map(({ accountId, rank, score, coverage, tier, candidate }) => [
        accountId,
        rank,
        score,
        coverage,
        tier,
        candidate,
      ]),
    ).toEqual([
      ['acme', 1, 10, 1, 'key', true],
      ['bolt', 2, 28 / 3, 1, 'key', true],
      ['cask', 3, 1, 1 / 3, 'regular', false],
      ['dune', 4, 1, 1 / 3, 'regular', false],
    ]);
  });

  test('a row has everything that is said of it', async () => {
    const [, bolt, , dune] = await ranking({ asOf: '2026-06-30' });
    expect(bolt).toEqual({
      rank: 2,
      accountId: 'bolt',
      name: 'BOLT',
      score: 28 / 3,
      coverage: 1,
      tier: 'key',
      candidate: true,
      noScore: null,
      gates: [{ metric: 'revenue', op: '>', value: '0', actual: '60.5', passed: true }],
      metrics: {
        ...Object.fromEntries(METRIC_IDS.map((id) => [id, null])),
        revenue: '60.5',
        activeMonths: 12,
        'appraisal:fit': 9,
      },
      contributions: [
        { criterion: 'fit', metric: 'appraisal:fit', raw: 9, points: 9, weight: 2, contribution: 6 },
        { criterion: 'revenue', metric: 'revenue', raw: '60.5', points: 10, weight: 1, contribution: 10 / 3 },
      ],
      designation: null,
    });
    expect(dune).toMatchObject({
      gates: [{ actual: '0', passed: false }],
      metrics: { revenue: '0', activeMonths: 0 },
      contributions: [
        { criterion: 'fit', raw: null, points: null, weight: 2, contribution: null },
        { contribution: 1 },
      ],
    });
    expect(dune?.metrics).not.toHaveProperty('appraisal:fit');
  });

  test('as of a day, with the facts of that day and the accounts that there were', async () => {
    const fits = async (asOf: string) =>
      Object.fromEntries(
        (await ranking({ policy: 'fit', asOf })).map(({ accountId, metrics }) => [accountId, metrics['appraisal:fit']]),
      );
    expect(await fits('2026-01-10')).toEqual({ acme: 4, bolt: undefined, cask: undefined });
    expect(await fits('2026-03-31')).toEqual({ acme: 2, bolt: 9, cask: undefined });
    expect(await fits('2026-04-10')).toEqual({ acme: 10, bolt: 9, cask: undefined });
  });

  test('answers which policy it was, and the day', async () => {
    const ask = async (parameters: KeyAccountsParameters) => {
      const answer = await new KeyAccountsHandler(rankings, settings).execute(new KeyAccountsQuery(parameters, reader));
      return [answer.asOf, answer.beside];
    };
    expect(await ask({})).toEqual(['2026-06-30', { policy: { policyId: 'fit', version: 1 }, knownAt: null }]);
    expect(await ask({ asOf: '2026-01-31' })).toEqual([
      '2026-01-31',
      { policy: { policyId: 'standard', version: 1 }, knownAt: null },
    ]);
    expect(await ask({ asOf: '2026-01-31', policy: 'fit' })).toEqual([
      '2026-01-31',
      { policy: { policyId: 'fit', version: 1 }, knownAt: null },
    ]);
    expect(await ask({ policy: 's3-thresholds' })).toEqual([
      '2026-06-30',
      { policy: { policyId: 's3-thresholds', version: 1 }, knownAt: null },
    ]);
    expect(revenue.requests.map(({ windowMonths }) => windowMonths)).toEqual([6, 12, 6, 12]);
  });

  test('a draft can be named; who has no score stands last, by revenue', async () => {
    const rows = await ranking({ policy: 'fit', version: 2, asOf: '2026-02-01' });
    expect(rows.map(({ accountId, rank, noScore }) => [accountId, rank, noScore])).toEqual([
      ['acme', 1, null],
      ['bolt', null, 'criterion-missing'],
      ['cask', null, 'criterion-missing'],
    ]);
  });

  test('what is not there', async () => {
    await expect(ranking({ policy: 'nil' })).rejects.toMatchObject({ status: 404, code: 'policy-not-found' });
    await expect(ranking({ policy: 'fit', version: 3 })).rejects.toMatchObject({
      status: 404,
      code: 'policy-version-not-found',
    });
    await expect(ranking({ version: 1 })).rejects.toMatchObject({ status: 400 });
  });

  test('filters choose rows and leave ranks as they are', async () => {
    const ids = async (parameters: KeyAccountsParameters, as?: Reader) =>
      (await ranking(parameters, as)).map(({ accountId, rank }) => [accountId, rank]);
    expect(await ids({ region: 'south' })).toEqual([['bolt', 2]]);
    expect(await ids({ tier: 'regular' })).toEqual([
      ['cask', 3],
      ['dune', 4],
    ]);
    expect(await ids({ tier: 'key', region: 'north' })).toEqual([['acme', 1]]);
    expect(await ids({ tier: 'gold' })).toEqual([]);
    expect(await ids({}, { ...reader, accounts: new Set(['cask', 'bolt']) })).toEqual([
      ['bolt', 2],
      ['cask', 3],
    ]);
  });

  test('pages hold together, and go on behind the account that ended the last one', async () => {
    const answer = await new KeyAccountsHandler(rankings, settings).execute(new KeyAccountsQuery({}, reader));
    const whole = (await everything(answer)).map(({ accountId }) => accountId);
    expect((await everything(answer, 1)).map(({ accountId }) => accountId)).toEqual(whole);
    expect((await everything(answer, 3)).map(({ accountId }) => accountId)).toEqual(whole);
    const moved = await answer.page(['bolt', 1], 1);
    expect(moved.items.map(({ accountId }) => accountId)).toEqual(['cask']);
    const gone = await answer.page(['nobody', 3], 1);
    expect(gone.items.map(({ accountId }) => accountId)).toEqual(['dune']);
  });

  test('columns are of the appraisals that the accounts have which the reader sees', async () => {
    const columns = async (...accounts: string[][]) => {
      const as = accounts.length === 0 ? reader : { ...reader, accounts: new Set(accounts.flat()) };
      const answer = await new KeyAccountsHandler(rankings, settings).execute(new KeyAccountsQuery({}, as));
      return answer.columns;
    };
    expect(await columns()).toContain('metrics.appraisal:fit');
    expect(await columns(['cask', 'bolt'])).toContain('metrics.appraisal:fit');
    for (const unappraised of [['cask', 'dune'], ['nobody'], []]) {
      expect(await columns(unappraised)).not.toContain('metrics.appraisal:fit');
    }
  });

  test('the form of its parameters', () => {
    const isAsked = compileCheck(keyAccounts.parameters);
    expect(isAsked({ policy: 'fit', version: 2, asOf: '2026-01-01', tier: 'key', region: 'north', limit: 5 })).toBe(
      true,
    );
    expect(isAsked({ knownAt: '2026-01-01T00:00:00Z' })).toBe(false);
    expect(isAsked({ version: 0 })).toBe(false);
  });
});

describe('rankings in memory', () => {
  test('are made once, also for questions at the same time, until a read model moves on', async () => {
    await Promise.all([
      rankings.ranking({}, day('2026-06-30')),
      rankings.ranking({ policy: 'fit' }, day('2026-06-30')),
    ]);
    await rankings.ranking({ policy: 'fit', version: 1 }, day('2026-06-30'));
    expect(revenue.requests).toHaveLength(1);
    await rankings.ranking({}, day('2026-06-29'));
    expect(revenue.requests).toHaveLength(2);
    await moveOn(1_000n);
    await rankings.ranking({}, day('2026-06-30'));
    expect(revenue.requests).toHaveLength(2);
    changed = ['bolt'];
    await moveOn(2_000n);
    await rankings.ranking({}, day('2026-06-30'));
    expect(revenue.requests).toHaveLength(3);
    expect(revenue.requests[2]).toMatchObject({ accounts: ['bolt'] });
  });

  async function moveOn(position: bigint) {
    const checkpoints = projections.map((projection) => ({ projection: checkpointName(projection), position }));
    await readStore.write({ documents: [], checkpoints });
  }

  test('a failure is not kept', async () => {
    const { load } = revenue;
    revenue.load = () => Promise.reject(new Error('away'));
    await expect(rankings.ranking({}, 20_000)).rejects.toThrow('away');
    revenue.load = load;
    await expect(rankings.ranking({}, 20_000)).resolves.toBeDefined();
  });
});

test('the portrait and the tier of the accounts list', async () => {
  const part = classificationPart(rankings);
  expect(await part.load('bolt', day('2026-06-30'), {})).toMatchObject({
    rank: 2,
    tier: 'key',
    candidate: true,
    coverage: 1,
    policy: { policyId: 'fit', version: 1 },
    contributions: [{ criterion: 'fit' }, { criterion: 'revenue' }],
  });
  expect(await part.load('dune', day('2026-04-30'), {})).toBeNull();
  const facet = tierFacet(rankings);
  expect(facet.absent).toBeNull();
  expect([...(await facet.load(day('2026-06-30')))]).toEqual([
    ['acme', 'key'],
    ['bolt', 'key'],
    ['cask', 'regular'],
    ['dune', 'regular'],
  ]);
});
