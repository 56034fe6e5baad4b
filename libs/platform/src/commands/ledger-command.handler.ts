import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { COMMAND_SENDER } from '../ledger/tokens.js';
import { type CommandReceipt, type CommandSender, LedgerCommand } from './ledger-command.js';

/** Handles every command of the ledger: what tells one from another is its definition and its decider. */
@CommandHandler(LedgerCommand)
export class LedgerCommandHandler implements ICommandHandler<LedgerCommand> {
  constructor(@Inject(COMMAND_SENDER) private readonly commands: CommandSender) {}

  execute(command: LedgerCommand): Promise<CommandReceipt> {
    return this.commands.send(command);
  }
}
