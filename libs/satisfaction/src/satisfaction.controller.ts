import { Controller, Get, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { Accepts, Answers, CommandOf, LedgerCommand, QueryOf } from '#platform';
import { SurveysQuery, surveys } from './satisfaction.queries.js';
import { SatisfactionTrendsQuery, satisfactionTrends } from './satisfaction-trends.query.js';
import { scoreSurvey } from './score-survey.js';

@ApiTags('satisfaction')
@Controller('v1')
export class SatisfactionController {
  constructor(
    private readonly commandBus: CommandBus,
    private readonly queryBus: QueryBus,
  ) {}

  @Post('accounts/:accountId/surveys')
  @Accepts(scoreSurvey)
  scoreSurvey(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Get('accounts/:accountId/surveys')
  @Answers(surveys)
  surveys(@QueryOf() query: SurveysQuery) {
    return this.queryBus.execute(query);
  }

  @Get('satisfaction-trends')
  @Answers(satisfactionTrends)
  satisfactionTrends(@QueryOf() query: SatisfactionTrendsQuery) {
    return this.queryBus.execute(query);
  }
}
