import { describe, expect, test } from '@jest/globals';
import { ZonedCalendar } from '#calendar';
import { projected, recordedHistory, type StreamFact } from '#event-sourcing-testing';
import { BUILT_IN_POLICIES } from '../scoring/built-in-policies.js';
import { appraisalDaysProjection, appraisalsProjection } from './appraisals.projection.js';
import { policyVersionsProjection } from './policy-versions.projection.js';

const shanghai = new ZonedCalendar('Asia/Shanghai');

function appraised(
  accountId: string,
  criterion: string,
  points: number,
  occurredAt: string,
  evidence?: string,
): StreamFact {
  const data = evidence === undefined ? { criterion, points } : { criterion, points, evidence };
  return [`account-${accountId}`, { type: 'account-appraised.v1', data, occurredAt }];
}

describe('appraisals', () => {
  test('every one, by its revision', () => {
    const history = recordedHistory([appraised('acme', 'fit', 7, '2026-01-01T10:00:00.000Z', 'Close.')]);
    expect(projected(appraisalsProjection, history)).toEqual([
      {
        key: ['acme', 0n],
        position: 10n,
        document: {
          accountId: 'acme',
          revision: 0n,
          criterion: 'fit',
          points: 7,
          evidence: 'Close.',
          at: '2026-01-01T10:00:00.000Z',
          recordedAt: '2026-01-01T10:00:00.000Z',
          actor: 'somebody',
        },
      },
    ]);
  });

  test("a day in the ledger's zone ends with the latest instant, of the same instant with the one recorded last", () => {
    const history = recordedHistory([
      appraised('acme', 'fit', 7, '2026-01-01T12:00:00.000Z'),
      appraised('acme', 'fit', 6, '2026-01-01T11:00:00.000Z'),
      appraised('acme', 'fit', 5, '2026-01-01T12:00:00.000Z'),
      appraised('acme', 'fit', 4, '2026-01-01T16:00:00.000Z'),
      appraised('acme', 'potential', 3, '2026-01-01T12:00:00.000Z'),
    ]);
    const rows = projected(appraisalDaysProjection(shanghai), history).map(({ key, document }) => [
      ...key,
      document.points,
    ]);
    // 2026-01-01 is day 20,454; 16:00 UTC is the next day in Shanghai.
    expect(rows).toEqual([
      ['acme', 'fit', 20_454n, 5],
      ['acme', 'fit', 20_455n, 4],
      ['acme', 'potential', 20_454n, 3],
    ]);
  });
});

describe('policy versions', () => {
  const { policy } = BUILT_IN_POLICIES[1]!;
  const facts: StreamFact[] = [
    [
      'policy-net',
      {
        type: 'policy-drafted.v1',
        data: { policyId: 'net', version: 1, policy, draftedBy: 'ana' },
        occurredAt: '2026-01-01T00:00:00.000Z',
      },
    ],
    [
      'policy-net',
      { type: 'policy-approved.v1', data: { policyId: 'net', version: 1 }, occurredAt: '2026-01-02T00:00:00.000Z' },
    ],
    [
      'policy-net',
      {
        type: 'policy-published.v1',
        data: { policyId: 'net', version: 1, effectiveFrom: '1970-01-11' },
        occurredAt: '2026-01-03T00:00:00.000Z',
      },
    ],
    [
      'policy-net',
      {
        type: 'policy-retired.v1',
        data: { policyId: 'net', version: 1, reason: 'Old.' },
        occurredAt: '2026-01-03T16:00:00.000Z',
      },
    ],
  ];

  test('from draft to retirement', () => {
    expect(projected(policyVersionsProjection(shanghai), recordedHistory(facts))).toEqual([
      {
        key: ['net', 1n],
        position: 40n,
        document: {
          policyId: 'net',
          version: 1n,
          status: 'retired',
          policy,
          draftedAt: '2026-01-01T00:00:00.000Z',
          draftedBy: 'ana',
          approvedAt: '2026-01-02T00:00:00.000Z',
          approvedBy: 'somebody',
          publishedAt: '2026-01-03T00:00:00.000Z',
          publishedBy: 'somebody',
          effectiveDay: 10n,
          publication: 30n,
          retiredAt: '2026-01-03T16:00:00.000Z',
          retiredBy: 'somebody',
          // In Shanghai it was the 4th already.
          retiredDay: 20_457n,
          retirementReason: 'Old.',
        },
      },
    ]);
  });

  test('each version has its own row', () => {
    const second: StreamFact = [
      'policy-net',
      {
        type: 'policy-drafted.v1',
        data: { policyId: 'net', version: 2, policy, draftedBy: 'ana' },
        occurredAt: '2026-02-01T00:00:00.000Z',
      },
    ];
    const rows = projected(policyVersionsProjection(shanghai), recordedHistory([...facts.slice(0, 3), second]));
    expect(rows.map(({ key, document }) => [...key, document.status])).toEqual([
      ['net', 1n, 'published'],
      ['net', 2n, 'draft'],
    ]);
  });

  test('a step of a version that was never drafted is refused', () => {
    expect(() => projected(policyVersionsProjection(shanghai), recordedHistory(facts.slice(1)))).toThrow(
      'never drafted',
    );
  });
});
