import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import {
  AppendOutcomeUnknown,
  type AppendResult,
  type EventToAppend,
  type ExpectedRevision,
  eventTexts,
  StoreUnavailable,
} from '#event-sourcing';
import { DriverThread } from '#sqlite';
import { EVENT_LOG } from './event-log.js';
import type { WriterSettings } from './sqlite-writer.worker.js';
import {
  type AppendFailure,
  type AppendFields,
  CLOSE,
  CONFLICT,
  GROUP_CHARACTERS,
  NO_STREAM,
  READY,
  type WriterReply,
  type WriterRequest,
} from './writer-protocol.js';

interface Waiting {
  resolve(result: AppendResult): void;
  reject(error: Error): void;
}

/**
 * A message takes no more appends: with so many the thread begins to write while the caller still decides the next ones,
 * and a message costs little a piece.
 */
const MESSAGE_APPENDS = 32;

/** The program of the thread; compiled, also when this file is run from its source. */
const WORKER = createRequire(import.meta.url).resolve('#event-store-sqlite/writer');

/** How a thread is started; a test may keep hold of it. */
export type StartWorker = (settings: WriterSettings) => Worker;

/** Starts the thread, without this process's flags: some are not for a file (`--input-type`), none is for this one. */
export const startWorker: StartWorker = (settings) =>
  new Worker(WORKER, { workerData: settings, name: 'event log writer', execArgv: [] });

/**
 * The caller's side of the thread that writes: gathers the appends of one turn of the event loop into one message, and
 * starts another thread when one has died.
 */
export class SqliteWriter {
  readonly #settings: Omit<WriterSettings, 'driver'>;
  readonly #start: StartWorker;
  readonly #onCommit: () => void;
  #thread: WriterThread | undefined;

  /** @param onCommit called after every commit, before its appends resolve */
  constructor(settings: Omit<WriterSettings, 'driver'>, onCommit: () => void, start: StartWorker = startWorker) {
    this.#settings = settings;
    this.#onCommit = onCommit;
    this.#start = start;
    this.#living();
  }

  append(stream: string, expected: ExpectedRevision, events: readonly EventToAppend[]): Promise<AppendResult> {
    return new Promise((resolve, reject) => this.#living().append(stream, expected, events, { resolve, reject }));
  }

  /** Ends the thread when everything asked so far is answered. */
  async close(): Promise<void> {
    await this.#thread?.close();
  }

  #living(): WriterThread {
    if (this.#thread === undefined) {
      const driver = new DriverThread();
      const worker = this.#start({ ...this.#settings, driver: driver.shared });
      this.#thread = new WriterThread(worker, this.#onCommit, () => {
        driver.ended();
        this.#thread = undefined;
      });
    }
    return this.#thread;
  }
}

/** One thread, from its start to its end. */
class WriterThread {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #onCommit: () => void;
  readonly #onDeath: () => void;
  /** Sent and not yet answered, oldest first. */
  #sent: Waiting[] = [];
  /** Gathered for the next message. */
  #gathered: Waiting[] = [];
  #fields: AppendFields = [];
  #characters = 0;
  #scheduled = false;
  #ready = false;
  #cause: unknown;

  constructor(worker: Worker, onCommit: () => void, onDeath: () => void) {
    this.#worker = worker;
    this.#onCommit = onCommit;
    this.#onDeath = onDeath;
    this.#ended = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#end();
        resolve();
      });
    });
    worker.on('message', (reply: WriterReply) => this.#receive(reply));
    worker.on('error', (error) => {
      this.#cause = error;
    });
  }

  append(stream: string, expected: ExpectedRevision, events: readonly EventToAppend[], waiting: Waiting): void {
    const fields: AppendFields = [stream, expected === 'no-stream' ? NO_STREAM : expected, events.length];
    let characters = 0;
    for (const event of events) {
      const { data, metadata } = eventTexts(event);
      fields.push(event.id, event.type, data, metadata);
      characters += data.length + metadata.length;
    }
    for (const field of fields) this.#fields.push(field);
    this.#characters += characters;
    this.#gathered.push(waiting);
    if (this.#gathered.length >= MESSAGE_APPENDS || this.#characters >= GROUP_CHARACTERS) this.#send();
    else this.#schedule();
  }

  async close(): Promise<void> {
    this.#send();
    this.#post(CLOSE);
    await this.#ended;
  }

  /**
   * After the callbacks of this turn, since those of one reply or of several sockets bring appends together. While the
   * thread is at work they are gathered on: it could not write them yet.
   */
  #schedule(): void {
    if (this.#scheduled || this.#sent.length > 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #send(): void {
    if (this.#gathered.length === 0) return;
    this.#post({ count: this.#gathered.length, characters: this.#characters, fields: this.#fields });
    for (const waiting of this.#gathered) this.#sent.push(waiting);
    this.#gathered = [];
    this.#fields = [];
    this.#characters = 0;
  }

  #post(request: WriterRequest): void {
    this.#worker.postMessage(request);
  }

  #receive(reply: WriterReply): void {
    if (reply === READY) {
      this.#ready = true;
    } else if ('failure' in reply) {
      for (const { reject } of this.#sent.splice(0, reply.count)) reject(appendError(reply.failure));
    } else {
      this.#onCommit();
      this.#resolve(reply.outcomes);
    }
    if (this.#gathered.length > 0) this.#schedule();
  }

  #resolve(outcomes: readonly number[]): void {
    const answered = this.#sent.splice(0, outcomes.length / 2);
    for (const [n, { resolve }] of answered.entries()) {
      const revision = outcomes[2 * n] ?? CONFLICT;
      const position = BigInt(outcomes[2 * n + 1] ?? 0);
      resolve(revision === CONFLICT ? { outcome: 'conflict' } : { outcome: 'appended', revision, position });
    }
  }

  /** Nothing is pending when it was asked to end; otherwise it died, and what it was sent may be stored. */
  #end(): void {
    this.#onDeath();
    const cause = this.#cause;
    const unsent = new StoreUnavailable(`${EVENT_LOG} lost its writer; nothing was stored.`, { cause });
    const lost = new AppendOutcomeUnknown(`${EVENT_LOG} lost its writer before it answered.`, { cause });
    for (const { reject } of this.#sent) reject(this.#ready ? lost : unsent);
    for (const { reject } of this.#gathered) reject(unsent);
    this.#sent = [];
    this.#gathered = [];
  }
}

function appendError({ kind, message }: AppendFailure): Error {
  if (kind === 'unavailable') return new StoreUnavailable(message);
  if (kind === 'unknown') return new AppendOutcomeUnknown(message);
  return new Error(message);
}
