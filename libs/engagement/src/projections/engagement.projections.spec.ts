import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDate, ZonedCalendar } from '#calendar';
import type { Document, Projection } from '#event-sourcing';
import { projected, recordedHistory, type StreamFact } from '#event-sourcing-testing';
import type { CadenceSet, CadenceSetData, VisitLogged, VisitLoggedData } from '../engagement.events.js';
import { cadencesProjection } from './cadences.projection.js';
import { visitDaysProjection } from './visit-days.projection.js';
import { visitTotalsProjection } from './visit-totals.projection.js';
import { visitsProjection } from './visits.projection.js';

const calendar = new ZonedCalendar('Asia/Shanghai');

function day(date: string): bigint {
  return BigInt(parseDate(date) ?? 0);
}

function visit(visitId: string, occurredAt: string, more: Partial<VisitLoggedData> = {}): StreamFact {
  const event: VisitLogged = { type: 'visit-logged.v1', data: { visitId, channel: 'phone', ...more }, occurredAt };
  return ['account-acme', event];
}

function cadence(data: CadenceSetData, occurredAt: string): StreamFact {
  const event: CadenceSet = { type: 'cadence-set.v1', data, occurredAt };
  return ['account-acme', event];
}

function rows(projection: Projection, facts: readonly StreamFact[]): Document[] {
  return projected(projection, recordedHistory(facts)).map(({ document }) => document);
}

/** 23:30 on the 12th and 00:30 on the 13th in Shanghai, and an hour before the first. */
const EVENING = '2026-04-12T15:30:00.000Z';
const NIGHT = '2026-04-12T16:30:00.000Z';
const EARLIER = '2026-04-12T14:30:00.000Z';

describe('the read models of engagement', () => {
  it('keep a visit as it was logged', () => {
    const nextStep = { text: 'Send the offer', due: '2026-04-30' };
    expect(rows(visitsProjection, [visit('v1', EVENING, { participants: ['wang'], nextStep })])).toEqual([
      {
        accountId: 'acme',
        visitId: 'v1',
        visitedAt: EVENING,
        recordedAt: EVENING,
        channel: 'phone',
        participants: ['wang'],
        summary: null,
        needs: [],
        issues: [],
        nextStep,
      },
    ]);
  });

  it("keep the last visit of each day in the ledger's zone, whatever was recorded first", () => {
    expect(
      rows(visitDaysProjection(calendar), [visit('v1', NIGHT), visit('v2', EVENING), visit('v3', EARLIER)]),
    ).toEqual([
      { accountId: 'acme', day: day('2026-04-13'), lastVisitAt: NIGHT },
      { accountId: 'acme', day: day('2026-04-12'), lastVisitAt: EVENING },
    ]);
  });

  it('count visits up to each day', () => {
    const counted = rows(visitTotalsProjection(calendar), [
      visit('v1', NIGHT),
      visit('v2', EVENING),
      visit('v3', EARLIER),
    ]);
    expect(counted).toEqual([
      { accountId: 'acme', day: day('2026-04-13'), visits: 3n },
      { accountId: 'acme', day: day('2026-04-12'), visits: 2n },
    ]);
  });

  it('keep the cadence that holds at the end of each day', () => {
    const facts = [
      cadence({ every: 'P1M', graceDays: 0 }, EVENING),
      cadence({ every: 'P2M', graceDays: 1, start: '2026-01-01' }, EARLIER),
      cadence({ every: 'P3M', graceDays: 7, start: '2026-01-01' }, NIGHT),
      cadence({ every: 'P6M', graceDays: 2 }, NIGHT),
    ];
    expect(rows(cadencesProjection(calendar), facts)).toEqual([
      { accountId: 'acme', day: day('2026-04-12'), setAt: EVENING, every: 'P1M', graceDays: 0n, start: null },
      { accountId: 'acme', day: day('2026-04-13'), setAt: NIGHT, every: 'P6M', graceDays: 2n, start: null },
    ]);
  });

  it('give the same for dated facts recorded in any order', () => {
    const facts = [
      visit('v1', EARLIER),
      visit('v2', EVENING),
      visit('v3', NIGHT),
      cadence({ every: 'P1M', graceDays: 0 }, EARLIER),
      cadence({ every: 'P2M', graceDays: 0 }, EVENING),
      cadence({ every: 'P3M', graceDays: 0 }, NIGHT),
    ];
    const projections = [visitDaysProjection(calendar), visitTotalsProjection(calendar), cadencesProjection(calendar)];
    const sorted = (order: readonly StreamFact[]) =>
      projections.map((projection) => rows(projection, order).sort((a, b) => Number(a.day) - Number(b.day)));
    const expected = sorted(facts);
    fc.assert(
      fc.property(fc.shuffledSubarray(facts, { minLength: facts.length }), (order) => {
        expect(sorted(order)).toEqual(expected);
      }),
    );
  });
});
