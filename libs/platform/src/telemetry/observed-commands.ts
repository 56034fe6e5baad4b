import { type CommandReceipt, type CommandSender, LedgerCommand } from '../commands/ledger-command.js';
import { Problem } from '../problems/problem.js';
import type { CommandMetrics } from './command-metrics.js';
import { ATTRIBUTE, SPAN } from './telemetry-names.js';
import type { Tracing } from './tracing.js';

/** Counts commands by what became of them, and puts a span around those of a traced request. */
export class ObservedCommands implements CommandSender {
  constructor(
    private readonly commands: CommandSender,
    private readonly metrics: CommandMetrics,
    private readonly tracing: Tracing | undefined,
  ) {}

  send(command: LedgerCommand): Promise<CommandReceipt> {
    const { traceparent } = command.envelope;
    return this.tracing === undefined || traceparent === undefined
      ? this.#counted(command)
      : this.#traced(command, this.tracing, traceparent);
  }

  async #counted(command: LedgerCommand): Promise<CommandReceipt> {
    const { type } = command.definition;
    try {
      const receipt = await this.commands.send(command);
      this.metrics.settled(type, outcomeOf(receipt));
      return receipt;
    } catch (error) {
      this.metrics.settled(type, refusalOf(error));
      throw error;
    }
  }

  async #traced(command: LedgerCommand, tracing: Tracing, parent: string): Promise<CommandReceipt> {
    const { body, definition, envelope, params } = command;
    const span = tracing.begin(SPAN.command, {
      parent,
      attributes: { [ATTRIBUTE.commandType]: definition.type, [ATTRIBUTE.correlationId]: envelope.correlationId },
    });
    const { traceparent = parent } = span;
    try {
      const receipt = await this.#counted(new LedgerCommand(definition, params, body, { ...envelope, traceparent }));
      span.end({ [ATTRIBUTE.outcome]: outcomeOf(receipt), [ATTRIBUTE.revision]: receipt.revision });
      return receipt;
    } catch (error) {
      span.end({ [ATTRIBUTE.outcome]: refusalOf(error) }, !(error instanceof Problem) || error.status >= 500);
      throw error;
    }
  }
}

function outcomeOf({ events, replayed }: CommandReceipt): string {
  if (replayed) return 'replayed';
  return events.length > 0 ? 'accepted' : 'unchanged';
}

function refusalOf(error: unknown): string {
  return error instanceof Problem ? error.code : 'error';
}
