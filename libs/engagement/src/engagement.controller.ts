import { Controller, Get, Post, Put } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { Accepts, Answers, CommandOf, LedgerCommand, QueryOf } from '#platform';
import { DueVisitsQuery, dueVisits } from './due-visits.query.js';
import { CadenceQuery, cadence, VisitsQuery, visits } from './engagement.queries.js';
import { logVisit } from './log-visit.js';
import { setCadence } from './set-cadence.js';

@ApiTags('engagement')
@Controller('v1')
export class EngagementController {
  constructor(
    private readonly commandBus: CommandBus,
    private readonly queryBus: QueryBus,
  ) {}

  @Post('accounts/:accountId/visits')
  @Accepts(logVisit)
  logVisit(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Put('accounts/:accountId/cadence')
  @Accepts(setCadence)
  setCadence(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Get('visits/due')
  @Answers(dueVisits)
  dueVisits(@QueryOf() query: DueVisitsQuery) {
    return this.queryBus.execute(query);
  }

  @Get('accounts/:accountId/visits')
  @Answers(visits)
  visits(@QueryOf() query: VisitsQuery) {
    return this.queryBus.execute(query);
  }

  @Get('accounts/:accountId/cadence')
  @Answers(cadence)
  cadence(@QueryOf() query: CadenceQuery) {
    return this.queryBus.execute(query);
  }
}
