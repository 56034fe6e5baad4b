import {
  checkpointName,
  type EventStore,
  type Projection,
  type QuarantinedStream,
  type ReadStore,
  spansStreams,
} from '#event-sourcing';
import { notFound, Problem } from '../problems/problem.js';
import type { ServedReadModels } from '../queries/served-read-models.js';
import type { DiscardDecision, DiscardDecisions } from './discarded-events.js';

/** Events held back are counted up to this; more are told as so many. */
export const COUNTED_HELD_BACK = 1_000;

/** A stream that a projection stopped at, as the API tells it. */
export interface QuarantineItem {
  readonly projection: string;
  readonly version: number;
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  readonly error: string;
  readonly at: string;
  /** Events of the stream from the one on at which it stopped, at most {@link COUNTED_HELD_BACK}. */
  readonly eventsHeldBack: number;
  /**
   * `redrive-requested`: a projector is about to try it again. `needs-rebuild`: the event is discarded, and the next
   * rebuild of the projection skips it.
   */
  readonly state: 'parked' | 'redrive-requested' | 'needs-rebuild';
}

export interface QuarantineParts {
  readonly eventStore: Pick<EventStore, 'readStream'>;
  readonly readStore: Pick<ReadStore, 'quarantined' | 'requestRedrive'>;
  readonly served: Pick<ServedReadModels, 'newest'>;
  readonly decisions: DiscardDecisions;
  now(): string;
}

/** An event to be discarded, by whom and why. */
export interface DiscardOrder {
  /** Of the projection. */
  readonly name: string;
  readonly stream: string;
  readonly eventId: string;
  readonly reason: string;
  readonly actor: string;
}

interface Parked {
  readonly pointer: QuarantinedStream;
  readonly projection: Projection;
}

/** The streams that the projections which serve have stopped at, and what can be done about them. */
export class Quarantine {
  constructor(private readonly parts: QuarantineParts) {}

  /** All of them, without what costs a look into their streams. @throws StoreUnavailable */
  async pointers(): Promise<readonly Parked[]> {
    const { readStore, served } = this.parts;
    const projections = new Map((await served.newest()).projections.map((each) => [checkpointName(each), each]));
    return (await readStore.quarantined()).flatMap((pointer) => {
      const projection = projections.get(pointer.projection);
      return projection === undefined ? [] : [{ pointer, projection }];
    });
  }

  /** @throws StoreUnavailable */
  async items(parked: readonly Parked[]): Promise<QuarantineItem[]> {
    const discarded = await this.parts.decisions.events();
    return Promise.all(
      parked.map(async ({ pointer, projection }) => {
        const { stream, revision, eventId, type, error, at, redriveRequestedAt } = pointer;
        const isDiscarded = discarded.get(projection.name)?.has(eventId) === true;
        return {
          projection: projection.name,
          version: projection.version,
          stream,
          revision,
          eventId,
          type,
          error,
          at,
          eventsHeldBack: await this.#heldBack(pointer),
          state:
            isDiscarded && spansStreams(projection)
              ? 'needs-rebuild'
              : redriveRequestedAt === undefined
                ? 'parked'
                : 'redrive-requested',
        };
      }),
    );
  }

  /**
   * Asks for a stream to be tried again, which the projector that keeps it does within about a second.
   * @throws Problem 404 for a stream that is not quarantined; 409 where its documents hold other streams, too
   */
  async redrive(name: string, stream: string): Promise<QuarantineItem> {
    const { pointer, projection } = await this.#parked(name, stream);
    if (spansStreams(projection)) {
      throw new Problem(
        409,
        'needs-rebuild',
        `The documents of ${name} hold events of several streams, which must come in the order of the log: use POST /v1/projections/${name}/rebuild.`,
      );
    }
    return this.#request({ pointer, projection });
  }

  /**
   * Decides that the projection skips the event at which it stopped, for ever and in every rebuild; the stream is gone on
   * with behind it. Where documents hold other streams, too, that takes a rebuild. Sent again, it changes nothing: the
   * projection may stand at a further event by then, which nobody has looked at.
   * @returns the decision that stands
   * @throws Problem 404 for a stream that is not quarantined, 409 `another-event` where it stopped at another event
   */
  async discard({ name, stream, eventId, reason, actor }: DiscardOrder): Promise<DiscardDecision> {
    const known = (await this.parts.decisions.all()).find(
      (each) => each.projection === name && each.stream === stream && each.eventId === eventId,
    );
    const parked = known === undefined ? await this.#parked(name, stream) : await this.#find(name, stream);
    if (parked === undefined || parked.pointer.eventId !== eventId) {
      if (known !== undefined) return known;
      const detail = `The projection stopped at another event of the stream, that of revision ${parked?.pointer.revision}.`;
      throw new Problem(409, 'another-event', detail);
    }
    const { pointer, projection } = parked;
    const { revision, type, error } = pointer;
    // Before the request: whoever carries that out must know of it.
    const decision = await this.parts.decisions.decide({
      projection: name,
      stream,
      revision,
      eventId,
      type,
      error,
      reason,
      actor,
      at: this.parts.now(),
    });
    if (!spansStreams(projection)) await this.#request(parked);
    return decision;
  }

  async #request({ pointer, projection }: Parked): Promise<QuarantineItem> {
    const redriveRequestedAt = this.parts.now();
    const { readStore } = this.parts;
    const isThere = await readStore.requestRedrive(pointer.projection, pointer.stream, redriveRequestedAt);
    if (!isThere) throw notQuarantined();
    return this.#item({ pointer: { ...pointer, redriveRequestedAt }, projection });
  }

  async #item(parked: Parked): Promise<QuarantineItem> {
    const [item] = await this.items([parked]);
    return item as QuarantineItem;
  }

  async #parked(name: string, stream: string): Promise<Parked> {
    const { projections } = await this.parts.served.newest();
    if (projections.every((each) => each.name !== name)) {
      throw notFound('projection-not-found', 'There is no such projection.');
    }
    const parked = await this.#find(name, stream);
    if (parked === undefined) throw notQuarantined();
    return parked;
  }

  async #find(name: string, stream: string): Promise<Parked | undefined> {
    return (await this.pointers()).find((each) => isOf(each, name, stream));
  }

  async #heldBack({ stream, revision }: QuarantinedStream): Promise<number> {
    let events = 0;
    const from = { from: revision, limit: COUNTED_HELD_BACK };
    for await (const _ of this.parts.eventStore.readStream(stream, from)) events += 1;
    return events;
  }
}

function isOf({ pointer, projection }: Parked, name: string, stream: string): boolean {
  return projection.name === name && pointer.stream === stream;
}

/** What is said of a stream that is not held back, and of one that the key does not see. */
export function notQuarantined(): Problem {
  return notFound('not-quarantined', 'The projection holds back no such stream.');
}
