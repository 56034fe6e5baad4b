import { Controller, Get, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { Accepts, Answers, CommandOf, LedgerCommand, QueryOf } from '#platform';
import { AppraisalsQuery, appraisals } from './appraisals.query.js';
import { appraiseAccount } from './commands/appraise-account.js';
import { ConcentrationQuery, concentrationOfRevenue } from './concentration/concentration.query.js';
import { KeyAccountsQuery, keyAccounts } from './rankings/key-accounts.query.js';

@ApiTags('classification')
@Controller('v1')
export class ClassificationController {
  constructor(
    private readonly commandBus: CommandBus,
    private readonly queryBus: QueryBus,
  ) {}

  @Get('key-accounts')
  @Answers(keyAccounts)
  keyAccounts(@QueryOf() query: KeyAccountsQuery) {
    return this.queryBus.execute(query);
  }

  @Get('concentration')
  @Answers(concentrationOfRevenue)
  concentration(@QueryOf() query: ConcentrationQuery) {
    return this.queryBus.execute(query);
  }

  @Post('accounts/:accountId/appraisals')
  @Accepts(appraiseAccount)
  appraiseAccount(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Get('accounts/:accountId/appraisals')
  @Answers(appraisals)
  appraisals(@QueryOf() query: AppraisalsQuery) {
    return this.queryBus.execute(query);
  }
}
