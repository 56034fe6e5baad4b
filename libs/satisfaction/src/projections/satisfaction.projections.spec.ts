import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDate, ZonedCalendar } from '#calendar';
import { type Document, type Projection, partitionOf } from '#event-sourcing';
import { projected, recordedHistory, type StreamFact } from '#event-sourcing-testing';
import type { SurveyMetric, SurveyScored, SurveyScoredData } from '../satisfaction.events.js';
import { surveyMonthsProjection, surveyPartialsProjection } from './survey-months.projection.js';
import { surveyTotalsProjection } from './survey-totals.projection.js';
import { surveysProjection } from './surveys.projection.js';

const calendar = new ZonedCalendar('Asia/Shanghai');

let surveys = 0;

function survey(
  accountId: string,
  metric: SurveyMetric,
  score: number,
  occurredAt: string,
  more: Partial<SurveyScoredData> = {},
): StreamFact {
  const data: SurveyScoredData = { surveyId: `s${surveys++}`, metric, score, ...more };
  const event: SurveyScored = { type: 'survey-scored.v1', data, occurredAt };
  return [`account-${accountId}`, event];
}

function rows(projection: Projection, facts: readonly StreamFact[]): Document[] {
  return projected(projection, recordedHistory(facts)).map(({ document }) => document);
}

/** The last hour of April and the first of May in Shanghai. */
const APRIL = '2026-04-30T15:30:00.000Z';
const MAY = '2026-04-30T16:30:00.000Z';
const APRIL_MONTH = BigInt(2026 * 12 + 3);
const MAY_MONTH = APRIL_MONTH + 1n;

const FACTS = [
  survey('acme', 'nps', 9, MAY),
  survey('acme', 'nps', 6, APRIL),
  survey('acme', 'nps', 8, APRIL),
  survey('acme', 'csat', 4, APRIL),
  survey('bolt', 'nps', 10, APRIL),
  survey('bolt', 'ces', 4, MAY),
];

describe('the read models of satisfaction', () => {
  it('keep a survey as it was scored', () => {
    expect(rows(surveysProjection, [survey('acme', 'csat', 4, APRIL, { surveyId: 's-1', comment: 'Good.' })])).toEqual([
      {
        accountId: 'acme',
        surveyId: 's-1',
        scoredAt: APRIL,
        recordedAt: APRIL,
        metric: 'csat',
        score: 4,
        respondent: null,
        touchpoint: null,
        comment: 'Good.',
      },
    ]);
  });

  it("count responses an account, metric and month of the ledger's zone", () => {
    const row = (accountId: string, metric: string, month: bigint, counts: readonly [bigint, bigint, bigint]) => ({
      accountId,
      metric,
      month,
      responses: counts[0],
      positive: counts[1],
      negative: counts[2],
    });
    expect(rows(surveyMonthsProjection(calendar), FACTS)).toEqual([
      row('acme', 'nps', MAY_MONTH, [1n, 1n, 0n]),
      row('acme', 'nps', APRIL_MONTH, [2n, 0n, 1n]),
      row('acme', 'csat', APRIL_MONTH, [1n, 1n, 0n]),
      row('bolt', 'nps', APRIL_MONTH, [1n, 1n, 0n]),
      row('bolt', 'ces', MAY_MONTH, [1n, 0n, 0n]),
    ]);
  });

  it('count responses a logical partition, metric and month', () => {
    const partials = rows(surveyPartialsProjection(calendar), FACTS);
    expect(partials).toContainEqual({
      partition: BigInt(partitionOf('account-acme')),
      metric: 'nps',
      month: APRIL_MONTH,
      responses: 2n,
      positive: 0n,
      negative: 1n,
    });
    expect(partials).toHaveLength(5);
  });

  it('count the responses to a metric up to each day', () => {
    const [april, may] = [BigInt(parseDate('2026-04-30') ?? 0), BigInt(parseDate('2026-05-01') ?? 0)];
    expect(rows(surveyTotalsProjection('nps', calendar), FACTS)).toEqual([
      { accountId: 'acme', day: may, responses: 3n, positive: 1n, negative: 1n },
      { accountId: 'acme', day: april, responses: 2n, positive: 0n, negative: 1n },
      { accountId: 'bolt', day: april, responses: 1n, positive: 1n, negative: 0n },
    ]);
    expect(rows(surveyTotalsProjection('ces', calendar), FACTS)).toEqual([
      { accountId: 'bolt', day: may, responses: 1n, positive: 0n, negative: 0n },
    ]);
  });

  it('give the same for scores recorded in any order', () => {
    const projections = [
      surveyMonthsProjection(calendar),
      surveyPartialsProjection(calendar),
      surveyTotalsProjection('nps', calendar),
    ];
    const text = (facts: readonly StreamFact[]) =>
      projections.map((projection) =>
        rows(projection, facts)
          .map((row) => Object.values(row).join(' '))
          .sort(),
      );
    const expected = text(FACTS);
    fc.assert(
      fc.property(fc.shuffledSubarray(FACTS, { minLength: FACTS.length }), (order) => {
        expect(text(order)).toEqual(expected);
      }),
    );
  });
});
