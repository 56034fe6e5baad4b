import { describe, expect, it } from '@jest/globals';
import { ZonedCalendar } from '#calendar';
import { projected, recordedHistory } from '#event-sourcing-testing';
import { STAGE_ADVANCED, STAGE_REGRESSED } from '../relationship.events.js';
import { lastMomentOf, STAGE_TRANSITIONS, stageTransitionsProjection } from './stage-transitions.projection.js';

const projection = stageTransitionsProjection({ calendar: new ZonedCalendar('Asia/Shanghai') });
const LATE = '2026-06-04T16:00:00.000Z';

describe('the rows of stage transitions', () => {
  const rows = projected(
    projection,
    recordedHistory([
      ['account-a', { type: STAGE_ADVANCED, data: { from: 'exploratory', to: 'cooperative' }, occurredAt: LATE }],
      [
        'account-a',
        {
          type: STAGE_REGRESSED,
          data: { from: 'cooperative', to: 'exploratory', fromSince: LATE, reason: 'quiet' },
          occurredAt: '2026-06-14T15:59:59.999Z',
        },
      ],
    ]),
  );

  it('are one a transition, on the ledger’s days', () => {
    // 4 June, 16:00 UTC, is 5 June in Shanghai: 20,609 days after 1970-01-01; the other falls on 14 June.
    expect(rows).toEqual([
      {
        key: ['a', '2026-06-04T16:00:00.000Z#0000000000'],
        position: 10n,
        document: {
          accountId: 'a',
          moment: '2026-06-04T16:00:00.000Z#0000000000',
          at: LATE,
          day: 20_609n,
          position: 10n,
          from: 'exploratory',
          to: 'cooperative',
          daysInFrom: null,
          recordedAt: LATE,
          actor: 'somebody',
          reason: null,
          evidence: null,
          override: false,
          unmet: [],
        },
      },
      {
        key: ['a', '2026-06-14T15:59:59.999Z#0000000001'],
        position: 20n,
        document: expect.objectContaining({ day: 20_618n, daysInFrom: 9n, reason: 'quiet' }),
      },
    ]);
  });

  it('sort below the end of their own instant and above that of the one before', () => {
    const moment = String(rows[0]?.document.moment);
    expect(moment < lastMomentOf(LATE)).toBe(true);
    expect(moment > lastMomentOf('2026-06-04T15:59:59.999Z')).toBe(true);
  });

  it('are in the collection that the queries name', () => {
    expect(projection.collection.name).toBe(STAGE_TRANSITIONS);
  });
});
