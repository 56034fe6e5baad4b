import type { ZonedCalendar } from '#calendar';
import { documents, type Projection, subjectIdOf } from '#event-sourcing';
import {
  DISINTEGRATION_DECLARED,
  STAGE_ADVANCED,
  STAGE_REGRESSED,
  type StageAdvancedData,
} from '../relationship.events.js';

/** The name of the collection: its definition needs no calendar, its rows do. */
export const STAGE_TRANSITIONS = 'stage_transitions_v1';

/**
 * One narrow row a transition. `moment` orders an account's transitions, also those of one instant, so that its stage as of
 * any day is the newest row up to {@link lastMomentOf} that day. `daysInFrom` is null for the first transition of an
 * account: it counts from the account's earliest fact, which may still be learned.
 */
export function stageTransitionsProjection({ calendar }: { readonly calendar: ZonedCalendar }): Projection {
  return documents({
    name: 'stage-transitions',
    version: 1,
    collection: {
      fields: {
        accountId: 'text',
        moment: 'text',
        at: 'text',
        day: 'integer',
        position: 'integer',
        from: 'text',
        to: 'text',
        daysInFrom: 'integer',
        recordedAt: 'text',
        actor: 'text',
        reason: 'text',
        evidence: 'text',
        override: 'boolean',
        unmet: 'json',
      },
      key: ['accountId', 'moment'],
      indexes: [
        ['at', 'position'],
        ['accountId', 'at', 'position'],
        ['from', 'at', 'position'],
        ['to', 'at', 'position'],
      ],
    },
    events: [STAGE_ADVANCED, STAGE_REGRESSED, DISINTEGRATION_DECLARED],
    keys: (event) => [[subjectIdOf(event), momentOf(event.metadata.occurredAt, event.revision)]],
    fold(_, { data, metadata, position }, [accountId = '', moment = '']) {
      // The other two events have no members that this one lacks.
      const { from, to, fromSince, reason, evidence, override, unmet } = data as unknown as StageAdvancedData;
      const day = calendar.dayOfText(metadata.occurredAt);
      return {
        accountId,
        moment,
        at: metadata.occurredAt,
        day: BigInt(day),
        position,
        from,
        to,
        daysInFrom: fromSince === undefined ? null : BigInt(day - calendar.dayOfText(fromSince)),
        recordedAt: metadata.recordedAt,
        actor: metadata.actor,
        reason: reason ?? null,
        evidence: evidence ?? null,
        override: override ?? false,
        unmet: unmet ?? [],
      };
    },
  });
}

/** Sorts by the instant, then by the place in the stream. */
function momentOf(at: string, revision: number): string {
  return `${at}#${String(revision).padStart(10, '0')}`;
}

/** Not below any moment at or before an instant (UTC, milliseconds), and below every one after it. */
export function lastMomentOf(instant: string): string {
  return `${instant}~`;
}
