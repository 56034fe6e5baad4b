import { Controller, Get, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { Accepts, Answers, CommandOf, LedgerCommand, QueryOf } from '#platform';
import { changeStage } from './change-stage.js';
import { RelationshipStagesQuery, relationshipStages } from './relationship-stages.queries.js';
import { StageTransitionsQuery, stageTransitions } from './stage-transitions.queries.js';

@ApiTags('relationship')
@Controller('v1')
export class RelationshipController {
  constructor(
    private readonly commandBus: CommandBus,
    private readonly queryBus: QueryBus,
  ) {}

  @Post('accounts/:accountId/stage-transitions')
  @Accepts(changeStage)
  changeStage(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Get('stage-transitions')
  @Answers(stageTransitions)
  stageTransitions(@QueryOf() query: StageTransitionsQuery) {
    return this.queryBus.execute(query);
  }

  @Get('relationship-stages')
  @Answers(relationshipStages)
  relationshipStages(@QueryOf() query: RelationshipStagesQuery) {
    return this.queryBus.execute(query);
  }
}
