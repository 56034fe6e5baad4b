import { documents, type Projection, subjectIdOf } from '#event-sourcing';
import { PLAN_ADOPTED, type PlanAdoptedData } from '../agreements.events.js';

/** One document a joint plan. */
export const jointPlansProjection: Projection = documents({
  name: 'joint-plans',
  version: 1,
  collection: {
    fields: { accountId: 'text', planId: 'text', adoptedAt: 'text', objectives: 'json' },
    key: ['accountId', 'planId'],
  },
  events: [PLAN_ADOPTED],
  keys: (event) => [[subjectIdOf(event), String(event.data.planId)]],
  fold(_, event, key) {
    const { planId, objectives } = event.data as unknown as PlanAdoptedData;
    return {
      accountId: String(key[0]),
      planId,
      adoptedAt: event.metadata.occurredAt,
      objectives,
    };
  },
});
