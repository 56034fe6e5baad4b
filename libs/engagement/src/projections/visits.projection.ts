import { type Document, documents, subjectIdOf } from '#event-sourcing';
import { VISIT_LOGGED, type VisitLoggedData } from '../engagement.events.js';

/** Every visit as it was logged, for the lists of an account. */
export const visitsProjection = documents({
  name: 'visits',
  version: 1,
  collection: {
    fields: {
      accountId: 'text',
      visitId: 'text',
      visitedAt: 'text',
      recordedAt: 'text',
      channel: 'text',
      participants: 'json',
      summary: 'text',
      needs: 'json',
      issues: 'json',
      nextStep: 'json',
    },
    key: ['accountId', 'visitId'],
    indexes: [['accountId', 'visitedAt', 'visitId']],
  },
  events: [VISIT_LOGGED],
  keys: (event) => [[subjectIdOf(event), (event.data as VisitLoggedData).visitId]],
  fold: (_, event): Document => {
    const { visitId, channel, participants, summary, needs, issues, nextStep } = event.data as VisitLoggedData;
    return {
      accountId: subjectIdOf(event),
      visitId,
      visitedAt: event.metadata.occurredAt,
      recordedAt: event.metadata.recordedAt,
      channel,
      participants: participants ?? [],
      summary: summary ?? null,
      needs: needs ?? [],
      issues: issues ?? [],
      nextStep: nextStep ?? null,
    };
  },
});
