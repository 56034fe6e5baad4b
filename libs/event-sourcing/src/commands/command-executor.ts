import type { Decider } from '../decider.js';
import type { EventStore } from '../event-store.js';
import type { EventTypeRegistry } from '../event-types.js';
import type { CommandObserver } from '../observers.js';
import type { SnapshotOptions } from '../snapshots/stream-snapshots.js';
import type { CommandOutcome, CommandRequest, StreamView } from './command-request.js';
import type { AppendPatience } from './settled-append.js';
import { StreamCommands, type Waiting } from './stream-commands.js';

/** Milliseconds: whoever stops a process does not wait for long before it is killed. */
const LAST_SNAPSHOTS = 2_000;

export interface CommandExecutorOptions {
  readonly store: EventStore;
  readonly registry: EventTypeRegistry;
  /** The deciders that take part in a stream. @throws Error for a name that is no stream's */
  decidersOf(stream: string): readonly Decider[];
  /** The current instant: ISO 8601 in UTC with milliseconds. */
  now(): string;
  /** A fresh UUID. */
  newId(): string;
  readonly patience: AppendPatience;
  /** How many bytes of streams' states are kept; default 128 MiB. */
  readonly cacheBytes?: number;
  /** Default: none, and streams that are not in the memory are folded from their start. */
  readonly snapshots?: SnapshotOptions;
  /** Who measures or traces; default: nobody. */
  readonly observe?: CommandObserver;
}

/**
 * Executes commands. Those for one stream wait in line: all that wait are decided in turn on the folding state and
 * appended as one write, so that conflicts come from other processes only, and those are settled by deciding again.
 */
export class CommandExecutor {
  readonly #lines = new Map<string, Waiting[]>();
  readonly #commands: StreamCommands;
  readonly #whenAnswered: (() => void)[] = [];

  constructor(options: CommandExecutorOptions) {
    this.#commands = new StreamCommands(options);
  }

  /**
   * Resolves when the command's events are durable, or when it is refused.
   * @throws StoreUnavailable when nothing was appended; AppendOutcomeUnknown when it may have been: the same request with
   * its idempotency key settles it; Contended when other processes were quicker each time
   */
  execute(request: CommandRequest): Promise<CommandOutcome> {
    return new Promise((resolve, reject) => this.#wait(request.stream, { kind: 'command', request, resolve, reject }));
  }

  /** The stream as it is now, with what was sent before. @throws StoreUnavailable */
  view(stream: string): Promise<StreamView> {
    return new Promise((resolve, reject) => this.#wait(stream, { kind: 'view', resolve, reject }));
  }

  /** Commands and views that wait in line, with the streams that are being served. */
  get waiting(): number {
    let waiting = this.#lines.size;
    for (const line of this.#lines.values()) waiting += line.length;
    return waiting;
  }

  /** Resolves when no command and no view is waiting or under way any more; a snapshot may be. */
  async answered(): Promise<void> {
    while (this.#lines.size > 0) await new Promise<void>((resolve) => this.#whenAnswered.push(resolve));
  }

  /** Resolves when nothing is waiting or under way any more, a snapshot neither. */
  async idle(): Promise<void> {
    await this.answered();
    await this.#commands.idle();
  }

  /**
   * Resolves when all commands are answered, and then the snapshots that were due are written, which it waits two seconds
   * for at most: the next process then begins where this one ends. No command may be sent any more.
   */
  async close(): Promise<void> {
    await this.answered();
    await this.#commands.saveStates(LAST_SNAPSHOTS);
  }

  #wait(stream: string, waiting: Waiting): void {
    const line = this.#lines.get(stream);
    if (line !== undefined) {
      line.push(waiting);
      return;
    }
    const fresh = [waiting];
    this.#lines.set(stream, fresh);
    void this.#serve(stream, fresh);
  }

  /** Never fails: what goes wrong is told to those it concerns. */
  async #serve(stream: string, line: Waiting[]): Promise<void> {
    while (line.length > 0) {
      const served = line.splice(0);
      try {
        const left = await this.#commands.settle(stream, served);
        line.unshift(...left);
      } catch (error) {
        for (const waiting of served) waiting.reject(error);
      }
    }
    this.#lines.delete(stream);
    if (this.#lines.size === 0) for (const tell of this.#whenAnswered.splice(0)) tell();
  }
}
