import type { DomainEvent, RecordedEvent } from './event.js';
import type { JsonObject } from './json.js';

/** Takes the data of an older version to the one that `to` names. Pure. */
export interface Upcaster {
  readonly from: string;
  readonly to: string;
  upcast(data: JsonObject): JsonObject;
}

/** The events of a capability: the wire names of the newest versions, and the way there from the older ones. */
export interface EventTypes {
  readonly types: readonly string[];
  readonly upcasters?: readonly Upcaster[];
}

/** The log holds a type that no capability knows: written by a newer program, or not by this one. */
export class UnknownEventType extends Error {
  override readonly name = 'UnknownEventType';
  constructor(readonly type: string) {
    super(`the log holds events of type "${type}", which this version does not know`);
  }
}

const WIRE_NAME = /^[a-z][a-z0-9-]*\.v[1-9][0-9]*$/;

/** Maps wire names to the newest version of each event. */
export class EventTypeRegistry {
  readonly #newest = new Set<string>();
  readonly #upcasters = new Map<string, Upcaster>();

  /** @throws Error for a name that is none, one registered twice, or an upcaster that leads nowhere */
  constructor(capabilities: readonly EventTypes[]) {
    for (const { types, upcasters = [] } of capabilities) {
      for (const type of types) {
        if (!WIRE_NAME.test(type)) throw new Error(`"${type}" is no wire name`);
        if (this.#newest.has(type)) throw new Error(`"${type}" is registered twice`);
        this.#newest.add(type);
      }
      for (const upcaster of upcasters) {
        if (this.#upcasters.has(upcaster.from)) throw new Error(`"${upcaster.from}" is upcast twice`);
        this.#upcasters.set(upcaster.from, upcaster);
      }
    }
    for (const type of this.#upcasters.keys()) this.#newestOf(type);
  }

  /** Wire names of the newest versions. */
  get types(): ReadonlySet<string> {
    return this.#newest;
  }

  /** The event in its newest version; the same object when it is in that already. @throws UnknownEventType */
  upcast(event: RecordedEvent): RecordedEvent {
    if (this.#newest.has(event.type)) return event;
    let { type, data } = event;
    for (let next = this.#upcasters.get(type); next !== undefined; next = this.#upcasters.get(type)) {
      data = next.upcast(data);
      type = next.to;
    }
    if (!this.#newest.has(type)) throw new UnknownEventType(event.type);
    return { ...event, type, data };
  }

  /** What a decider folds of a stored event. @throws UnknownEventType */
  domainEvent(event: RecordedEvent): DomainEvent {
    const { type, data } = this.upcast(event);
    return { type, data, occurredAt: event.metadata.occurredAt };
  }

  #newestOf(type: string): string {
    const seen = new Set<string>();
    let current = type;
    while (!this.#newest.has(current)) {
      const next = this.#upcasters.get(current);
      if (next === undefined || seen.has(current)) throw new Error(`the upcasters of "${type}" lead to no known event`);
      seen.add(current);
      current = next.to;
    }
    return current;
  }
}
