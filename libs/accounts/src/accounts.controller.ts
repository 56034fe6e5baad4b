import { Controller, Delete, Get, Patch, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { Accepts, Answers, CommandOf, LedgerCommand, QueryOf } from '#platform';
import { AccountListQuery, accountList } from './account-list.queries.js';
import { AccountContactsQuery, AccountTeamQuery, accountContacts, accountTeam } from './account-people.queries.js';
import { AccountPortraitQuery, accountPortrait } from './account-portrait.queries.js';
import { addContact } from './add-contact.js';
import { assignMember } from './assign-member.js';
import { changeContact } from './change-contact.js';
import { correctAccount } from './correct-account.js';
import { recordDeparture } from './record-departure.js';
import { registerAccount } from './register-account.js';
import { releaseMember } from './release-member.js';
import { reportLoss } from './report-loss.js';
import { reportRecovery } from './report-recovery.js';

@ApiTags('accounts')
@Controller('v1/accounts')
export class AccountsController {
  constructor(
    private readonly commandBus: CommandBus,
    private readonly queryBus: QueryBus,
  ) {}

  @Post()
  @Accepts(registerAccount)
  registerAccount(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Get()
  @Answers(accountList)
  accountList(@QueryOf() query: AccountListQuery) {
    return this.queryBus.execute(query);
  }

  @Get(':accountId')
  @Answers(accountPortrait)
  accountPortrait(@QueryOf() query: AccountPortraitQuery) {
    return this.queryBus.execute(query);
  }

  @Patch(':accountId')
  @Accepts(correctAccount)
  correctAccount(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Get(':accountId/contacts')
  @Answers(accountContacts)
  accountContacts(@QueryOf() query: AccountContactsQuery) {
    return this.queryBus.execute(query);
  }

  @Post(':accountId/contacts')
  @Accepts(addContact)
  addContact(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Patch(':accountId/contacts/:contactId')
  @Accepts(changeContact)
  changeContact(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Post(':accountId/contacts/:contactId/departure')
  @Accepts(recordDeparture)
  recordDeparture(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Get(':accountId/team')
  @Answers(accountTeam)
  accountTeam(@QueryOf() query: AccountTeamQuery) {
    return this.queryBus.execute(query);
  }

  @Post(':accountId/team')
  @Accepts(assignMember)
  assignMember(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Delete(':accountId/team/:member')
  @Accepts(releaseMember)
  releaseMember(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Post(':accountId/loss')
  @Accepts(reportLoss)
  reportLoss(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Post(':accountId/recovery')
  @Accepts(reportRecovery)
  reportRecovery(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }
}
