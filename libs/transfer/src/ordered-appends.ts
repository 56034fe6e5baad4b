import { type AppendPatience, type EventStore, type RecordedEvent, settledAppend } from '#event-sourcing';
import { assertSame, eventAt } from './compare-logs.js';
import { TransferRefused } from './transfer-refused.js';

/** Consecutive events of one stream, appended as one. */
interface Run {
  readonly stream: string;
  readonly events: RecordedEvent[];
  characters: number;
}

/** A run is cut between two commands once it has so many events, and anywhere at so many characters. */
const RUN_EVENTS = 200;
const RUN_CHARACTERS = 400_000;
/** So many runs, or events, are sent before the first answer is waited for. */
const GROUP_RUNS = 256;
const GROUP_EVENTS = 2_000;

/**
 * Appends events in the order in which they are given. Those of one stream that follow one another go as one append, and
 * a group of appends is sent at once, in order, while the next group is read. A store takes what comes over one connection
 * in order; where it answers that one was not taken, that one and all after it in the group are repeated one by one,
 * which stores nothing twice.
 */
export class OrderedAppends {
  #group: Run[] = [];
  #groupEvents = 0;
  #underWay: Promise<void> = Promise.resolve();

  constructor(
    private readonly target: EventStore,
    private readonly patience: AppendPatience,
  ) {}

  /** @throws TransferRefused where something else is in its place; StoreUnavailable, AppendOutcomeUnknown */
  async add(event: RecordedEvent): Promise<void> {
    const characters = JSON.stringify(event.data).length + 700;
    const run = this.#group.at(-1);
    if (run !== undefined && fits(run, event, characters)) {
      run.events.push(event);
      run.characters += characters;
    } else {
      if (this.#group.length >= GROUP_RUNS || this.#groupEvents >= GROUP_EVENTS) await this.#send();
      this.#group.push({ stream: event.stream, events: [event], characters });
    }
    this.#groupEvents += 1;
  }

  /** Resolves when everything given so far is stored. */
  async finish(): Promise<void> {
    await this.#send();
    await this.#underWay;
  }

  async #send(): Promise<void> {
    await this.#underWay;
    const group = this.#group;
    this.#group = [];
    this.#groupEvents = 0;
    this.#underWay = this.#append(group);
    // Whoever sends next, or finishes, is told; until then the failure is nobody's, which must not end the process.
    this.#underWay.catch(() => undefined);
  }

  async #append(group: readonly Run[]): Promise<void> {
    const answers = await Promise.allSettled(
      group.map(({ events, stream }) => this.target.append(stream, expectedBefore(events), events)),
    );
    const failed = answers.findIndex((answer) => answer.status === 'rejected' || answer.value.outcome === 'conflict');
    if (failed !== -1) for (const run of group.slice(failed)) await this.#settle(run);
  }

  async #settle({ events, stream }: Run): Promise<void> {
    const answer = await settledAppend(this.target, stream, expectedBefore(events), events, this.patience);
    if (answer.outcome === 'appended') return;
    // An earlier attempt may have cut its runs elsewhere, so that only the first of these are stored.
    let stored = 0;
    for (const event of events) {
      const there = await eventAt(this.target, stream, event.revision);
      if (there === undefined) break;
      assertSame(event, there);
      stored += 1;
    }
    const rest = events.slice(stored);
    if (rest.length === 0) return;
    if (stored > 0) return this.#settle({ stream, events: rest, characters: 0 });
    const [first] = rest;
    throw new TransferRefused(
      `The target does not take revision ${first?.revision} of the stream "${stream}": something else writes to it.`,
    );
  }
}

function fits({ stream, events, characters }: Run, event: RecordedEvent, more: number): boolean {
  if (stream !== event.stream || characters + more > RUN_CHARACTERS) return false;
  const sameCommand = events.at(-1)?.metadata.$causationId === event.metadata.$causationId;
  return sameCommand || events.length < RUN_EVENTS;
}

function expectedBefore([first]: readonly RecordedEvent[]): number | 'no-stream' {
  return first === undefined || first.revision === 0 ? 'no-stream' : first.revision - 1;
}
