import type { EventStore, EventTypeRegistry, KeyedStore, ReadStore, ServedProjections } from '#event-sourcing';
import { DiscardDecisions } from '#platform';
import { now, sleep } from './ledger.js';
import type { LogAnchor } from './log-anchor.js';
import { isGone, newMember } from './projector-member.js';

export interface ProjectorWorkParts {
  readonly eventStore: EventStore;
  readonly readStore: ReadStore;
  readonly keyedStore: KeyedStore;
  readonly registry: EventTypeRegistry;
  readonly served: ServedProjections;
  readonly anchor: LogAnchor;
}

/** What every projector of a ledger works with, as a member of its own among those that are there. */
export function projectorWork({ anchor, eventStore, keyedStore, readStore, registry, served }: ProjectorWorkParts) {
  const discards = new DiscardDecisions(keyedStore);
  return {
    eventStore,
    readStore,
    registry,
    member: newMember(),
    isGone,
    async projections() {
      await anchor.check();
      return served.projections();
    },
    isStale: () => served.isStale(),
    discarded: () => discards.events(),
    now,
    sleep,
  };
}
