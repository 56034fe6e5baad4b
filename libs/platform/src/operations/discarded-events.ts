import type { DiscardedEvents, KeyedStore } from '#event-sourcing';

/** Somebody's decision that a projection skips an event for ever. */
export interface DiscardDecision {
  /** The projection's name: the decision holds for all versions and builds of it. */
  readonly projection: string;
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  /** What the projection failed with. */
  readonly error: string;
  readonly reason: string;
  readonly actor: string;
  /** Instant of the decision. */
  readonly at: string;
}

/** Kind of the entries in the keyed store, which no rebuild loses and every backup holds. */
const KIND = 'discarded-event';

/** The events that projections skip because somebody decided so. */
export class DiscardDecisions {
  constructor(private readonly keyedStore: Pick<KeyedStore, 'putIfAbsent' | 'list'>) {}

  /** Writes the decision down; @returns the first one for this event, which stands. @throws StoreUnavailable */
  async decide(decision: DiscardDecision): Promise<DiscardDecision> {
    const id = `${decision.projection}/${decision.eventId}`;
    return JSON.parse(await this.keyedStore.putIfAbsent(KIND, id, JSON.stringify(decision)));
  }

  /** @throws StoreUnavailable */
  async all(): Promise<DiscardDecision[]> {
    return (await this.keyedStore.list(KIND)).map(({ value }) => JSON.parse(value));
  }

  /** What whoever keeps or makes read models has to skip. @throws StoreUnavailable */
  async events(): Promise<DiscardedEvents> {
    const events = new Map<string, Set<string>>();
    for (const { projection, eventId } of await this.all()) {
      events.set(projection, (events.get(projection) ?? new Set()).add(eventId));
    }
    return events;
  }
}
