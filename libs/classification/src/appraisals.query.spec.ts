import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseDate, ZonedCalendar } from '#calendar';
import type { ReadStore } from '#event-sourcing';
import { type OpenedReadStore, recordedHistory, type StreamFact, storeProjected } from '#event-sourcing-testing';
import {
  type AccountDirectory,
  type AccountEntry,
  compileCheck,
  type LedgerSettings,
  type ListAnswer,
  type Reader,
} from '#platform';
import { newSqliteReadStore } from '#test/laws/sqlite-read-stores';
import { appraisalMetrics } from './appraisal-metrics.js';
import { AppraisalsHandler, AppraisalsQuery, appraisals } from './appraisals.query.js';
import { classificationCapability } from './classification.capability.js';

const settings: LedgerSettings = { calendar: new ZonedCalendar('UTC'), baseCurrency: 'EUR' };
const reader: Reader = { actor: 'ana', role: 'analyst', now: '2026-06-30T12:00:00.000Z' };

const day = (date: string): number => parseDate(date) ?? Number.NaN;

function appraised(accountId: string, points: number, date: string): StreamFact {
  return [
    `account-${accountId}`,
    { type: 'account-appraised.v1', data: { criterion: 'fit', points }, occurredAt: `${date}T10:00:00.000Z` },
  ];
}

const FACTS: readonly StreamFact[] = [
  appraised('acme', 4, '2026-01-10'),
  appraised('bolt', 9, '2026-02-10'),
  appraised('acme', 10, '2026-04-10'),
  appraised('acme', 2, '2026-01-20'),
];

function entry(accountId: string): AccountEntry {
  return { accountId, name: accountId, region: null, industry: null, groupId: null, owner: null, firstFactDay: 0 };
}

const directory: AccountDirectory = {
  all: async () => [entry('acme'), entry('bolt')],
  get: async (accountId) => (accountId === 'acme' ? entry(accountId) : undefined),
  ofMember: async () => new Set(),
};

let readStore: ReadStore;
let close: OpenedReadStore['close'];

beforeAll(async () => {
  ({ store: readStore, close } = await newSqliteReadStore());
  await storeProjected(readStore, classificationCapability.projections(settings, []), recordedHistory(FACTS));
});

afterAll(() => close());

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

describe('appraisals of an account', () => {
  const handler = () => new AppraisalsHandler(readStore, directory, settings);

  test('newest first, page by page', async () => {
    const answer = await handler().execute(new AppraisalsQuery({ accountId: 'acme' }, reader));
    const items = await everything(answer, 2);
    expect(items.map(({ points, at }) => [points, at.slice(0, 10)])).toEqual([
      [10, '2026-04-10'],
      [2, '2026-01-20'],
      [4, '2026-01-10'],
    ]);
    expect(Object.keys(items[0]!)).toEqual(answer.columns);
    expect(compileCheck(appraisals.parameters)({ accountId: 'acme', criterion: 'fit' })).toBe(true);
  });

  test('by criterion, and of nobody', async () => {
    expect(
      await everything(
        await handler().execute(new AppraisalsQuery({ accountId: 'acme', criterion: 'potential' }, reader)),
      ),
    ).toEqual([]);
    await expect(handler().execute(new AppraisalsQuery({ accountId: 'nil' }, reader))).rejects.toMatchObject({
      status: 404,
      code: 'account-not-found',
    });
  });
});

describe('the metric source of appraisals', () => {
  test('gives only what is asked for', async () => {
    const source = appraisalMetrics(settings, readStore);
    const request = { asOf: day('2026-06-30'), windowMonths: 1 };
    expect(await source.load({ ...request, ids: ['revenue'] })).toEqual(new Map());
    expect(await source.load({ ...request, ids: ['appraisal:potential'] })).toEqual(new Map());
    expect(await source.load({ ...request, accounts: ['bolt', 'cask'], ids: ['appraisal:fit'] })).toEqual(
      new Map([['bolt', { 'appraisal:fit': 9 }]]),
    );
  });

  test('the order in which appraisals of different instants are recorded changes nothing', async () => {
    const days = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(days, fc.integer({ min: 0, max: 12 }), async (halves, asked) => {
        // Four instants a day, so that some share one.
        const facts = halves.map((quarter): StreamFact => {
          const at = new Date(Date.UTC(2026, 0, 1 + Math.floor(quarter / 4), (quarter % 4) * 6)).toISOString();
          return [
            'account-x',
            { type: 'account-appraised.v1', data: { criterion: 'fit', points: 1 + quarter / 8 }, occurredAt: at },
          ];
        });
        const { store, close } = await newSqliteReadStore();
        try {
          await storeProjected(store, classificationCapability.projections(settings, []), recordedHistory(facts));
          const values = await appraisalMetrics(settings, store).load({
            asOf: day('2026-01-01') + asked,
            windowMonths: null,
          });
          const known = halves.filter((quarter) => Math.floor(quarter / 4) <= asked);
          const expected = known.length === 0 ? undefined : { 'appraisal:fit': 1 + Math.max(...known) / 8 };
          expect(values.get('x')).toEqual(expected);
        } finally {
          await close();
        }
      }),
      { numRuns: 25 },
    );
  });
});
