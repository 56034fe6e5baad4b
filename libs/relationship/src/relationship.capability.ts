import type { Capability } from '#platform';
import { changeStage } from './change-stage.js';
import { stageTransitionsProjection } from './projections/stage-transitions.projection.js';
import { relationshipDecider } from './relationship.decider.js';
import { relationshipEvents } from './relationship.events.js';

/** The stages of the relationship, their guards, and every transition. */
export const relationshipCapability: Capability = {
  name: 'relationship',
  events: relationshipEvents,
  deciders: [{ subject: 'account', decider: relationshipDecider }],
  commands: [changeStage],
  projections: (settings) => [stageTransitionsProjection(settings)],
};
