import { Controller, Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { Answers, QueryOf } from '#platform';
import { AccountEventsQuery, accountEvents } from './account-events.queries.js';

@ApiTags('audit')
@Controller('v1/accounts/:accountId')
export class AuditController {
  constructor(private readonly queryBus: QueryBus) {}

  @Get('events')
  @Answers(accountEvents)
  accountEvents(@QueryOf() query: AccountEventsQuery) {
    return this.queryBus.execute(query);
  }
}
