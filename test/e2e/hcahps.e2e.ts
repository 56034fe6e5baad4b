import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Backend, type BackendKind, describeOnBackends, embedded } from './backends.js';
import { type ImportedFile, importFile } from './import-file.js';
import { type Answer, type ApiClient, LedgerProcess } from './ledger-process.js';
import { csvRows } from './reference/csv.js';
import { npsTrend, overallRatings, type Rating, scoresOf } from './reference/hcahps.js';
import { describeWithSharedData, SHARED_DATA, sharedText } from './shared-data.js';

const SLOW = 240_000;

/** The file of states as accounts. */
const STATES_MAP = {
  fields: { accountId: { column: 'State' }, name: { column: 'State Name' }, region: { column: 'Region' } },
};

/** Every response of a rating as a row of the import's own columns. */
function surveyRows(rating: Rating): string[] {
  const { state, month } = rating;
  return scoresOf(rating).map(
    (score, index) => `${state},${state}-${month}-${index + 1},nps,${score},${month}-01T00:00:00Z`,
  );
}

/** Real surveys of US hospitals by state and yearly release. */
function hcahps(): void {
  let backend: Backend;
  let ledger: LedgerProcess | undefined;
  let client: ApiClient;
  let ratings: Rating[];
  let imported: ImportedFile;
  let position: string;

  beforeAll(async () => {
    backend = await embedded.open();
    ratings = overallRatings(sharedText('hcahps', 'state_results.csv'));
    const surveys = join(backend.folder, 'surveys.csv');
    const rows = ratings.flatMap(surveyRows);
    writeFileSync(surveys, `${['accountId,surveyId,metric,score,scoredAt', ...rows].join('\n')}\n`);
    const map = join(backend.folder, 'states.map.json');
    writeFileSync(map, JSON.stringify(STATES_MAP));
    await importFile(backend.environment, join(SHARED_DATA, 'hcahps', 'states.csv'), 'accounts', map);
    imported = await importFile(backend.environment, surveys, 'surveys');
    position = imported.position;
    ledger = await LedgerProcess.start(backend.environment);
    client = ledger.client();
  }, SLOW);
  afterAll(async () => {
    await ledger?.stop();
    await backend?.close();
  }, SLOW);

  /** Compares a trend; a year lies between releases, so that what moves is the month alone. */
  async function expectTrend(filter: string, expected: ReturnType<typeof npsTrend>): Promise<void> {
    const trend = await client.ask(`/v1/satisfaction-trends?metric=nps${filter}`, position);
    expect(trend.items.map(({ period, responses }: Answer['body']) => [period, responses])).toEqual(
      expected.months.map(({ period, responses }) => [period, responses]),
    );
    expected.months.forEach(({ value }, index) => {
      expect(trend.items[index].value).toBeCloseTo(value, 10);
      expect(trend.items[index].moving).toBeCloseTo(value, 10);
    });
    expect(trend.slope).toBeCloseTo(expected.slope, 10);
    expect(trend.slopeError).toBeCloseTo(expected.slopeError, 10);
  }

  it('takes every response', () => {
    expect(ratings).toHaveLength(458);
    expect(imported).toMatchObject({
      rows: 45_800,
      documents: { accepted: 45_800, skipped: 0, rejected: 0 },
      errors: [],
    });
  });

  it(
    'gives every state the NPS of its top less its bottom, and the slope of least squares',
    async () => {
      const states = new Set(ratings.map(({ state }) => state));
      expect(states.size).toBe(51);
      for (const state of states) {
        const own = ratings.filter((rating) => rating.state === state);
        await expectTrend(`&accountId=${state}`, npsTrend(own));
        const { items } = await client.ask(`/v1/satisfaction-trends?metric=nps&accountId=${state}`, position);
        const byMonth = [...own].sort((a, b) => (a.month < b.month ? -1 : 1));
        expect(items.map(({ value }: { value: number }) => value)).toEqual(
          byMonth.map(({ top, bottom }) => top - bottom),
        );
      }
    },
    SLOW,
  );

  it('pools the responses of the states of a region, and of all', async () => {
    const regionOf = new Map(csvRows(sharedText('hcahps', 'states.csv')).map((row) => [row.State, row.Region]));
    const regions = new Set(regionOf.values());
    expect(regions.size).toBe(9);
    for (const region of regions) {
      const own = ratings.filter(({ state }) => regionOf.get(state) === region);
      await expectTrend(`&region=${encodeURIComponent(region ?? '')}`, npsTrend(own));
    }
    await expectTrend('', npsTrend(ratings));
  });

  it('lists the months asked for only, their line being theirs', async () => {
    const own = ratings.filter(({ state, month }) => state === 'TX' && month >= '2017-07' && month <= '2021-07');
    expect(own).toHaveLength(5);
    await expectTrend('&accountId=TX&since=2017-07-01&until=2021-07-31', npsTrend(own));
  });
}

/**
 * A series made up so that its figures can be worked out by hand: a month without responses, and months of unlike numbers
 * of them, where the mean of the months' values is another than the value of all responses.
 */
function madeUpSeries(kind: BackendKind): void {
  let backend: Backend;
  let ledger: LedgerProcess | undefined;
  let client: ApiClient;

  beforeAll(async () => {
    backend = await kind.open();
    ledger = await LedgerProcess.start(backend.environment);
    client = ledger.client();
  }, SLOW);
  afterAll(async () => {
    await ledger?.stop();
    await backend?.close();
  }, SLOW);

  it('has the moving value of pooled responses and the weighted slope', async () => {
    const months = [
      { month: '2025-01', satisfied: 5, others: 5 },
      { month: '2025-02', satisfied: 30, others: 0 },
      { month: '2025-04', satisfied: 0, others: 10 },
      { month: '2025-05', satisfied: 15, others: 5 },
    ];
    const surveys = months.flatMap(({ month, satisfied, others }) =>
      Array.from({ length: satisfied + others }, (_, index) => ({
        accountId: 'made-up',
        surveyId: `${month}-${index}`,
        metric: 'csat',
        score: index < satisfied ? 4 + (index % 2) : 1 + (index % 3),
        scoredAt: `${month}-${String(1 + (index % 28)).padStart(2, '0')}T12:00:00Z`,
      })),
    );
    const lines = surveys.map((survey) => `${JSON.stringify(survey)}\n`).join('');
    const imported = await client.must('POST', '/v1/imports?kind=surveys', lines, {
      'content-type': 'application/x-ndjson',
    });
    expect(imported.body.documents).toEqual({ accepted: 70, skipped: 0, rejected: 0 });
    const trend = await client.ask('/v1/satisfaction-trends?metric=csat', imported.body.position);
    const row = (period: string, value: number, responses: number, moving: number, met: boolean) => ({
      period,
      value,
      responses,
      moving,
      target: 90,
      met,
    });
    expect(trend.items).toEqual([
      row('2025-01', 50, 10, 50, false),
      // 35 of 40; the mean of the two months would be 75.
      row('2025-02', 100, 30, 87.5, true),
      // 30 of the 40 of February and April.
      row('2025-04', 0, 10, 75, false),
      // 15 of the 30 of April and May.
      row('2025-05', 75, 20, 50, false),
    ]);
    // Months 0, 1, 3, 4 with weights 10, 30, 10, 20: the mean month is 2, Σ w (x − 2)² = 160, Σ w (x − 2) y = −1000.
    expect(trend.slope).toBeCloseTo(-6.25, 10);
    // Σ w y² = 437,500, Σ w ȳ² = 2,500,000 / 7, b² Σ w (x − 2)² = 6,250; two degrees of freedom.
    expect(trend.slopeError).toBeCloseTo(Math.sqrt((437_500 - 2_500_000 / 7 - 6_250) / 2 / 160), 10);
    const later = await client.ask('/v1/satisfaction-trends?metric=csat&since=2025-04-01', imported.body.position);
    // What is pooled into a month does not depend on which months are listed; two months make no line.
    expect(later).toMatchObject({ items: trend.items.slice(2), slope: null, slopeError: null });
  });
}

describeWithSharedData('HCAHPS', hcahps);
describe('Satisfaction', () => describeOnBackends('A made-up series', madeUpSeries));
