import { Controller, Get, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { Accepts, Answers, CommandOf, LedgerCommand, QueryOf } from '#platform';
import { adoptPlan } from './adopt-plan.js';
import { AgreementsQuery, agreements, PlansQuery, plans } from './agreements.queries.js';
import { ExpiringAgreementsQuery, expiringAgreements } from './expiring-agreements.queries.js';
import { lapseAgreement } from './lapse-agreement.js';
import { signAgreement } from './sign-agreement.js';

@ApiTags('agreements')
@Controller('v1')
export class AgreementsController {
  constructor(
    private readonly commandBus: CommandBus,
    private readonly queryBus: QueryBus,
  ) {}

  @Post('accounts/:accountId/agreements')
  @Accepts(signAgreement)
  signAgreement(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Post('accounts/:accountId/agreements/:agreementId/lapse')
  @Accepts(lapseAgreement)
  lapseAgreement(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Post('accounts/:accountId/plans')
  @Accepts(adoptPlan)
  adoptPlan(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Get('accounts/:accountId/agreements')
  @Answers(agreements)
  agreements(@QueryOf() query: AgreementsQuery) {
    return this.queryBus.execute(query);
  }

  @Get('accounts/:accountId/plans')
  @Answers(plans)
  plans(@QueryOf() query: PlansQuery) {
    return this.queryBus.execute(query);
  }

  @Get('agreements/expiring')
  @Answers(expiringAgreements)
  expiringAgreements(@QueryOf() query: ExpiringAgreementsQuery) {
    return this.queryBus.execute(query);
  }
}
