import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseDate, ZonedCalendar } from '#calendar';
import type { ReadStore } from '#event-sourcing';
import { type OpenedReadStore, recordedHistory, type StreamFact, storeProjected } from '#event-sourcing-testing';
import {
  type AccountChanges,
  type AccountDirectory,
  type AccountEntry,
  type LedgerSettings,
  PortraitRegistry,
  type Reader,
} from '#platform';
import { newSqliteReadStore } from '#test/laws/sqlite-read-stores';
import { RegionSurveyMonths } from './region-survey-months.js';
import { satisfactionCapability } from './satisfaction.capability.js';
import type { SurveyMetric, SurveyScored } from './satisfaction.events.js';
import { satisfactionMetrics } from './satisfaction.metrics.js';
import { satisfactionPart } from './satisfaction.portrait.js';
import { SurveysHandler, SurveysQuery } from './satisfaction.queries.js';
import {
  SatisfactionTrendsHandler,
  type SatisfactionTrendsParameters,
  SatisfactionTrendsQuery,
} from './satisfaction-trends.query.js';

const settings: LedgerSettings = { calendar: new ZonedCalendar('UTC'), baseCurrency: 'CNY' };
const reader: Reader = { actor: 'somebody', role: 'analyst', now: '2026-04-20T12:00:00.000Z' };

function day(date: string): number {
  return parseDate(date) ?? Number.NaN;
}

function scored(accountId: string, metric: SurveyMetric, date: string, ...scores: readonly number[]): StreamFact[] {
  return scores.map((score, index) => {
    const surveyId = `${accountId}-${metric}-${date}-${index}`;
    const data = { surveyId, metric, score };
    const event: SurveyScored = { type: 'survey-scored.v1', data, occurredAt: `${date}T0${index}:00:00.000Z` };
    return [`account-${accountId}`, event];
  });
}

/** acme and cask lie in the north, bolt in the south; acme is a key account, the others are of no tier. */
const HISTORY = recordedHistory([
  ...scored('acme', 'csat', '2025-12-05', 5, 5),
  ...scored('acme', 'csat', '2026-01-10', 4, 1),
  ...scored('bolt', 'csat', '2026-01-20', 5),
  ...scored('acme', 'csat', '2026-02-10', 5, 5),
  ...scored('acme', 'csat', '2026-03-31', 3),
  ...scored('cask', 'csat', '2026-03-10', 5, 4, 1),
  ...scored('bolt', 'nps', '2026-03-10', 10, 9, 9, 7, 0),
  ...scored('bolt', 'ces', '2026-03-10', 7),
  // Recorded last, though it was given before all others.
  ...scored('bolt', 'csat', '2025-11-30', 2),
]);

function entry(accountId: string, region: string): AccountEntry {
  return { accountId, name: accountId, owner: null, region, industry: null, groupId: null, firstFactDay: 0 };
}

const ENTRIES = [entry('acme', 'north'), entry('bolt', 'south'), entry('cask', 'north')];
const directory: AccountDirectory = {
  all: async () => ENTRIES,
  get: async (accountId) => ENTRIES.find((each) => each.accountId === accountId),
  ofMember: async () => new Set(),
};
const changes: AccountChanges = { changedAfter: async () => [], entries: async () => [] };
const progress = { projectionPositions: async () => [] };
const registry = new PortraitRegistry();
registry.addFacet({ key: 'tier', absent: 'regular', load: async () => new Map([['acme', 'key']]) });

let readStore: ReadStore;
let close: OpenedReadStore['close'];

beforeAll(async () => {
  ({ store: readStore, close } = await newSqliteReadStore());
  await storeProjected(readStore, satisfactionCapability.projections(settings, []), HISTORY);
});

afterAll(() => close());

describe('satisfaction trends', () => {
  async function trend(parameters: Partial<SatisfactionTrendsParameters>, who: Reader = reader, facets = registry) {
    const regions = new RegionSurveyMonths(readStore, settings, directory, changes, progress);
    const handler = new SatisfactionTrendsHandler(readStore, settings, directory, facets, regions);
    return handler.execute(new SatisfactionTrendsQuery({ metric: 'csat', ...parameters }, who));
  }

  /** Period, value, responses, moving value. */
  async function figures(parameters: Partial<SatisfactionTrendsParameters>, who: Reader = reader) {
    const { items } = await trend(parameters, who);
    return items.map(({ period, value, responses, moving }) => [period, value, responses, moving]);
  }

  it('are those of all accounts where nothing else is asked for', async () => {
    expect(await figures({})).toEqual([
      ['2025-11', 0, 1, 0],
      ['2025-12', 100, 2, 200 / 3],
      ['2026-01', 200 / 3, 3, 400 / 6],
      ['2026-02', 100, 2, 600 / 7],
      ['2026-03', 50, 4, 600 / 9],
    ]);
  });

  it('list the months of since and until as a whole, and pool what was before', async () => {
    expect(await figures({ since: '2026-01-31', until: '2026-02-01' })).toEqual([
      ['2026-01', 200 / 3, 3, 400 / 6],
      ['2026-02', 100, 2, 600 / 7],
    ]);
  });

  it('are those of one account', async () => {
    expect(await figures({ accountId: 'acme', since: '2026-02-01' })).toEqual([
      ['2026-02', 100, 2, 500 / 6],
      ['2026-03', 0, 1, 300 / 5],
    ]);
    expect(await figures({ accountId: 'nobody' })).toEqual([]);
  });

  it('are those of a region', async () => {
    expect(await figures({ region: 'north', since: '2026-03-01' })).toEqual([['2026-03', 50, 4, 500 / 8]]);
    expect(await figures({ region: 'west' })).toEqual([]);
  });

  it('are those of a tier, which accounts without one have by default', async () => {
    expect(await figures({ tier: 'key', since: '2026-03-01' })).toEqual([['2026-03', 0, 1, 300 / 5]]);
    expect(await figures({ tier: 'regular', since: '2026-03-01' })).toEqual([['2026-03', 200 / 3, 3, 300 / 4]]);
    await expect(trend({ tier: 'key' }, reader, new PortraitRegistry())).rejects.toMatchObject({ status: 400 });
  });

  it('are those of what all filters leave', async () => {
    expect(await figures({ tier: 'regular', region: 'north' })).toEqual([['2026-03', 200 / 3, 3, 200 / 3]]);
    expect(await figures({ accountId: 'acme', region: 'south' })).toEqual([]);
  });

  it('are those of accounts that the reader may see', async () => {
    const limited = { ...reader, accounts: new Set(['bolt']) };
    expect(await figures({}, limited)).toEqual([
      ['2025-11', 0, 1, 0],
      ['2026-01', 100, 1, 50],
    ]);
    expect(await figures({ accountId: 'acme' }, limited)).toEqual([]);
    expect(await figures({ region: 'north' }, limited)).toEqual([]);
  });

  it('are those of one metric, with its target and slope', async () => {
    expect(await trend({ metric: 'nps' })).toEqual({
      items: [{ period: '2026-03', value: 40, responses: 5, moving: 40, target: null, met: null }],
      slope: null,
      slopeError: null,
      metric: 'nps',
    });
    const { items, slope } = await trend({ since: '2025-12-01' });
    expect(items.map(({ target, met }) => [target, met])).toEqual([
      [90, true],
      [90, false],
      [90, true],
      [90, false],
    ]);
    // Σw 11, Σwx 19, Σwy 800, Σwx² 47, Σwxy 1200 with x = 0…3: (11·1200 − 19·800) / (11·47 − 19²)
    expect(slope).toBeCloseTo(-2000 / 156, 10);
  });
});

describe('the surveys of an account', () => {
  const handler = () => new SurveysHandler(readStore, settings, directory);

  it('are listed newest first, page by page', async () => {
    const answer = await handler().execute(new SurveysQuery({ accountId: 'bolt' }, reader));
    const first = await answer.page(undefined, 7);
    expect(first.items.map(({ surveyId }) => surveyId)).toEqual([
      'bolt-nps-2026-03-10-4',
      'bolt-nps-2026-03-10-3',
      'bolt-nps-2026-03-10-2',
      'bolt-nps-2026-03-10-1',
      'bolt-nps-2026-03-10-0',
      'bolt-ces-2026-03-10-0',
      'bolt-csat-2026-01-20-0',
    ]);
    expect(await answer.page(first.next, 7)).toEqual({
      items: [
        {
          surveyId: 'bolt-csat-2025-11-30-0',
          scoredAt: '2025-11-30T00:00:00.000Z',
          metric: 'csat',
          score: 2,
          respondent: null,
          touchpoint: null,
          comment: null,
          recordedAt: '2025-11-30T00:00:00.000Z',
        },
      ],
    });
  });

  it('are not found for an account that is not there', async () => {
    await expect(handler().execute(new SurveysQuery({ accountId: 'nobody' }, reader))).rejects.toMatchObject({
      status: 404,
      code: 'account-not-found',
    });
  });
});

describe('the metrics of satisfaction', () => {
  const metrics = () => satisfactionMetrics(settings, readStore);

  it('are the values of the window, and none under five responses', async () => {
    expect(await metrics().load({ asOf: day('2026-04-20'), windowMonths: 12 })).toEqual(
      new Map([
        ['acme', { csat: 500 / 7, nps: null, ces: null }],
        ['bolt', { csat: null, nps: 40, ces: null }],
        ['cask', { csat: null, nps: null, ces: null }],
      ]),
    );
  });

  it('leave out what lies before the window and after the day', async () => {
    const csat = async (asOf: string, windowMonths: number | null) =>
      (await metrics().load({ asOf: day(asOf), windowMonths, accounts: ['acme'], ids: ['csat'] })).get('acme');
    expect(await csat('2026-03-30', null)).toEqual({ csat: 500 / 6 });
    expect(await csat('2026-04-05', 4)).toEqual({ csat: 300 / 5 });
    expect(await csat('2026-04-10', 3)).toEqual({ csat: null });
    expect(await csat('2025-12-04', null)).toBeUndefined();
  });

  it('are null for accounts without any response', () => {
    expect(metrics().absent()).toEqual({ csat: null, nps: null, ces: null });
  });
});

describe('the portrait of an account', () => {
  it('shows the last twelve months and the newest survey', async () => {
    expect(await satisfactionPart(settings, readStore).load('acme', day('2026-03-30'), {})).toEqual({
      windowMonths: 12,
      csat: { value: 500 / 6, responses: 6, target: 90, met: false },
      nps: { value: null, responses: 0, target: null, met: null },
      ces: { value: null, responses: 0, target: null, met: null },
      latest: {
        surveyId: 'acme-csat-2026-02-10-1',
        scoredAt: '2026-02-10T01:00:00.000Z',
        metric: 'csat',
        score: 5,
        respondent: null,
        touchpoint: null,
        comment: null,
        recordedAt: '2026-02-10T01:00:00.000Z',
      },
    });
    expect(await satisfactionPart(settings, readStore).load('nobody', day('2026-03-30'), {})).toMatchObject({
      csat: { value: null, responses: 0, met: null },
      latest: null,
    });
  });
});
