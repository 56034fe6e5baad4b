import { type Decider, isRejection } from '../decider.js';
import type { DomainEvent, EventToAppend } from '../event.js';
import type { ObservedAppend } from '../observers.js';
import { SnapshotLost } from '../snapshots/snapshot-store.js';
import { chainedEvents } from './command-events.js';
import type { CommandExecutorOptions } from './command-executor.js';
import { type CommandOutcome, type CommandRequest, Contended, type StreamView } from './command-request.js';
import { settledAppend } from './settled-append.js';
import { StoredCommands, storedEvent } from './stored-commands.js';
import { eventBytes, evolveAll, type KeyedEvents, type StreamState } from './stream-state.js';
import { StreamStates } from './stream-states.js';

/** Somebody in line for a stream. Settling it twice does nothing. */
export type Waiting =
  | {
      readonly kind: 'command';
      readonly request: CommandRequest;
      resolve(outcome: CommandOutcome): void;
      reject(error: unknown): void;
    }
  | { readonly kind: 'view'; resolve(view: StreamView): void; reject(error: unknown): void };

type WaitingCommand = Extract<Waiting, { kind: 'command' }>;

/** One append takes no further command once it has so many events, or so many characters of data (EventStoreDB takes 1 MiB). */
const APPEND_EVENTS = 500;
const APPEND_CHARACTERS = 400_000;
const CONFLICTS = 50;
const CONFLICT_PAUSE = 2;
/** How often a stream is loaded anew because its snapshot got lost; the last time without one. */
const SNAPSHOT_TRIES = 3;

/** A stream that is being served: its state is replaced as it goes. */
interface ServedStream {
  state: StreamState;
}

/** A command whose events are to be appended. */
interface Decided {
  readonly waiting: WaitingCommand;
  readonly events: readonly EventToAppend[];
}

/** What became of a line of waiting, on one state. */
interface Round {
  /** After the appends; its position is known once they are answered. */
  state: StreamState;
  readonly appends: Decided[];
  /** Characters of their data. */
  characters: number;
  /** Answers that hold if the state is the newest, and the append, if there is one, is taken. */
  readonly answers: (() => void | Promise<void>)[];
  /** Those who do not fit into this append. */
  left: readonly Waiting[];
}

/** Loads, decides and appends for one stream at a time; its caller sees to it that a stream is not served twice at once. */
export class StreamCommands {
  readonly #options: CommandExecutorOptions;
  readonly #states: StreamStates;
  readonly #stored: StoredCommands;

  constructor(options: CommandExecutorOptions) {
    this.#options = options;
    this.#stored = new StoredCommands(options.store, options.patience);
    this.#states = new StreamStates(options);
  }

  /** Writes the snapshots that are due, and waits for none after so many milliseconds. */
  saveStates(within: number): Promise<void> {
    return this.#states.save(within);
  }

  /** Resolves when nothing is being written beside the commands. */
  idle(): Promise<void> {
    return this.#states.idle();
  }

  /**
   * Answers those who wait, but for some that did not fit into one append.
   * @returns those who still wait, in their order
   */
  async settle(stream: string, line: readonly Waiting[]): Promise<readonly Waiting[]> {
    const deciders = this.#options.decidersOf(stream);
    const left = await this.#answeredAtLast(stream, line, deciders);
    // Not among what is tried again: the events of the line are stored.
    this.#states.settled(stream, deciders);
    return left;
  }

  async #answeredAtLast(
    stream: string,
    line: readonly Waiting[],
    deciders: readonly Decider[],
  ): Promise<readonly Waiting[]> {
    for (let tries = 1; ; tries++) {
      try {
        const known = this.#states.known(stream);
        this.#options.observe?.stateLooked?.(known !== undefined);
        const served = { state: known ?? (await this.#states.load(stream, deciders, tries < SNAPSHOT_TRIES)) };
        return await this.#answer(stream, line, served, deciders, known === undefined);
      } catch (error) {
        // It is thrown by folds and decisions only: nothing of this round was appended.
        if (!(error instanceof SnapshotLost) || tries === SNAPSHOT_TRIES) throw error;
        this.#states.forget(stream);
      }
    }
  }

  async #answer(
    stream: string,
    line: readonly Waiting[],
    cached: ServedStream,
    deciders: readonly Decider[],
    isFresh: boolean,
  ): Promise<readonly Waiting[]> {
    let fresh = isFresh;
    for (let conflicts = 0; conflicts < CONFLICTS; ) {
      const round = this.#decide(stream, line, cached, deciders);
      if (round.appends.length === 0) {
        // What was seen may be old news: a refusal, and "it is so already", are said of the newest state only.
        if (!fresh && (await this.#catchUp(stream, cached, deciders))) {
          fresh = true;
          continue;
        }
        return this.#finish(stream, cached, round);
      }
      if (await this.#append(stream, cached, round)) return this.#finish(stream, cached, round);
      conflicts += 1;
      if (!(await this.#catchUp(stream, cached, deciders))) await this.#options.patience.sleep(CONFLICT_PAUSE);
      fresh = true;
    }
    throw new Contended(`other processes keep writing the stream ${stream}`);
  }

  /** Folds what others have appended since; whether there was anything. */
  async #catchUp(stream: string, cached: ServedStream, deciders: readonly Decider[]): Promise<boolean> {
    const before = cached.state.revision;
    cached.state = await this.#states.newer(stream, cached.state, deciders);
    return cached.state.revision > before;
  }

  #decide(stream: string, line: readonly Waiting[], cached: ServedStream, deciders: readonly Decider[]): Round {
    const round: Round = {
      state: cached.state,
      appends: [],
      characters: 0,
      answers: [],
      left: [],
    };
    for (const [index, waiting] of line.entries()) {
      const events = round.state.revision - cached.state.revision;
      if (events >= APPEND_EVENTS || round.characters >= APPEND_CHARACTERS) {
        round.left = line.slice(index);
        break;
      }
      if (waiting.kind === 'command') this.#decideOne(stream, waiting, round, deciders);
      else {
        const { state } = round;
        round.answers.push(() => waiting.resolve(viewOf(state, deciders)));
      }
    }
    return round;
  }

  #decideOne(stream: string, waiting: WaitingCommand, round: Round, deciders: readonly Decider[]): void {
    const { request } = waiting;
    const { state } = round;
    const { idempotencyKey: key } = request;
    try {
      // Before the key: whoever may not do it must not learn what was done under a key either.
      const rejection = request.guard?.(viewOf(state, deciders));
      if (rejection !== undefined) {
        round.answers.push(() => waiting.resolve({ outcome: 'rejected', rejection }));
        return;
      }
      const known = key === undefined ? undefined : state.keys.get(key);
      if (known !== undefined) {
        round.answers.push(() => this.#replay(stream, waiting, known));
        return;
      }
      const decision = this.#decision(stream, request, state, deciders);
      if (isOutcome(decision)) round.answers.push(() => waiting.resolve(decision));
      else this.#addEvents(stream, waiting, decision, round, deciders);
    } catch (error) {
      if (error instanceof SnapshotLost) throw error;
      // A fault in the rules of one command is that command's alone.
      round.answers.push(() => waiting.reject(error));
    }
  }

  /** The new facts, or the answer where there are none. */
  #decision(
    stream: string,
    { command, context, expectedRevision }: CommandRequest,
    state: StreamState,
    deciders: readonly Decider[],
  ): CommandOutcome | readonly DomainEvent<string, object>[] {
    if (expectedRevision !== undefined && expectedRevision !== state.revision) {
      return { outcome: 'revision-mismatch', revision: state.revision };
    }
    const index = deciders.findIndex(({ commands }) => commands.includes(command.type));
    const decider = deciders[index];
    if (decider === undefined) throw new Error(`no decider of ${stream} takes ${command.type}`);
    const decision = decider.decide(command, state.states[index], context);
    if (isRejection(decision)) return { outcome: 'rejected', rejection: decision };
    if (decision.length > 0) return decision;
    return { outcome: 'accepted', revision: state.revision, position: state.position, events: [], replayed: false };
  }

  #addEvents(
    stream: string,
    waiting: WaitingCommand,
    facts: readonly DomainEvent<string, object>[],
    round: Round,
    deciders: readonly Decider[],
  ): void {
    const { state } = round;
    const { idempotencyKey: key } = waiting.request;
    const now = this.#options.now();
    const recordedAt = now > state.recordedAt ? now : state.recordedAt;
    const end = { stream, revision: state.revision, hash: state.hash };
    const events = chainedEvents(end, waiting.request, facts, recordedAt, this.#options.newId);
    const characters = events.reduce((sum, { texts }) => sum + texts.data.length, 0);
    round.state = {
      ...state,
      revision: state.revision + events.length,
      hash: events.at(-1)?.metadata.hash ?? state.hash,
      recordedAt,
      keys: key === undefined ? state.keys : state.keys.set(key, { first: state.revision + 1, count: events.length }),
      states: facts.reduce<readonly unknown[]>((states, fact) => evolveAll(deciders, states, fact), state.states),
      bytes: state.bytes + eventBytes(characters, key !== undefined),
    };
    round.characters += characters;
    round.appends.push({ waiting, events });
  }

  /** Whether the append was taken; the cache then holds the state after it. */
  async #append(stream: string, cached: ServedStream, round: Round): Promise<boolean> {
    const { revision } = cached.state;
    const [only, ...others] = round.appends;
    const events =
      only !== undefined && others.length === 0 ? only.events : round.appends.flatMap((each) => each.events);
    const expected = revision < 0 ? 'no-stream' : revision;
    const tell = this.#options.observe?.appending?.(observedAppend(stream, round.appends, events.length));
    try {
      const result = await settledAppend(this.#options.store, stream, expected, events, this.#options.patience);
      tell?.(result.outcome);
      if (result.outcome === 'conflict') return false;
      cached.state = { ...round.state, position: result.position };
      this.#states.keep(stream, cached.state);
      return true;
    } catch (error) {
      tell?.('failed');
      this.#states.forget(stream);
      throw error;
    }
  }

  async #finish(stream: string, cached: ServedStream, round: Round): Promise<readonly Waiting[]> {
    const appended = round.appends.reduce((sum, { events }) => sum + events.length, 0);
    const positions = await this.#stored.positionsOf(stream, cached.state, appended, round.appends.length > 1);
    let revision = cached.state.revision - appended;
    let count = 0;
    for (const { waiting, events } of round.appends) {
      revision += events.length;
      count += events.length;
      waiting.resolve({
        outcome: 'accepted',
        revision,
        position: positions[count - 1] ?? cached.state.position,
        events: events.map(storedEvent),
        replayed: false,
      });
    }
    for (const answer of round.answers) await answer();
    return round.left;
  }

  async #replay(stream: string, waiting: WaitingCommand, known: KeyedEvents): Promise<void> {
    try {
      waiting.resolve(await this.#stored.outcomeOf(stream, known, waiting.request.requestHash));
    } catch (error) {
      waiting.reject(error);
    }
  }
}

function observedAppend(stream: string, appends: readonly Decided[], events: number): ObservedAppend {
  const traceparents = appends.flatMap(({ waiting: { request } }) => request.traceparent ?? []);
  return { stream, commands: appends.length, events, traceparents };
}

function isOutcome(decision: CommandOutcome | readonly DomainEvent<string, object>[]): decision is CommandOutcome {
  return 'outcome' in decision;
}

function viewOf(state: StreamState, deciders: readonly Decider[]): StreamView {
  return {
    revision: state.revision,
    state(name) {
      const index = deciders.findIndex((decider) => decider.name === name);
      if (index < 0) throw new Error(`no decider "${name}" takes part in this stream`);
      return state.states[index];
    },
  };
}
