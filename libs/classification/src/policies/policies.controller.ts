import { Controller, Get, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { Accepts, Answers, CommandOf, LedgerCommand, QueryOf } from '#platform';
import { approveVersion } from '../commands/approve-version.js';
import { draftPolicy } from '../commands/draft-policy.js';
import { draftVersion } from '../commands/draft-version.js';
import { publishVersion } from '../commands/publish-version.js';
import { retireVersion } from '../commands/retire-version.js';
import { PoliciesQuery, PolicyQuery, PolicyVersionQuery, policies, policy, policyVersion } from './policies.queries.js';

@ApiTags('policies')
@Controller('v1/policies')
export class PoliciesController {
  constructor(
    private readonly commandBus: CommandBus,
    private readonly queryBus: QueryBus,
  ) {}

  @Get()
  @Answers(policies)
  policies(@QueryOf() query: PoliciesQuery) {
    return this.queryBus.execute(query);
  }

  @Post()
  @Accepts(draftPolicy)
  draftPolicy(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Get(':policyId')
  @Answers(policy)
  policy(@QueryOf() query: PolicyQuery) {
    return this.queryBus.execute(query);
  }

  @Post(':policyId/versions')
  @Accepts(draftVersion)
  draftVersion(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Get(':policyId/versions/:version')
  @Answers(policyVersion)
  policyVersion(@QueryOf() query: PolicyVersionQuery) {
    return this.queryBus.execute(query);
  }

  @Post(':policyId/versions/:version/approval')
  @Accepts(approveVersion)
  approveVersion(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Post(':policyId/versions/:version/publication')
  @Accepts(publishVersion)
  publishVersion(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Post(':policyId/versions/:version/retirement')
  @Accepts(retireVersion)
  retireVersion(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }
}
