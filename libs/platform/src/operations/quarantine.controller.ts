import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandEnvelope } from '../commands/ledger-command.js';
import { Answers, Described, EnvelopeOf, QueryOf, RequiresPermission } from '../http/route-decorators.js';
import { Problem } from '../problems/problem.js';
import { ACCOUNT_DIRECTORY, type AccountDirectory } from '../queries/account-directory.js';
import { ServedReadModels } from '../queries/served-read-models.js';
import { checkBody } from '../rules/compiled-check.js';
import { IsIdentifier, IsText } from '../rules/rules.js';
import { DISCARD_EXAMPLE, type DiscardedEventsQuery, discardedEvents } from './discarded-events.query.js';
import { notQuarantined, Quarantine } from './quarantine.js';
import { QUARANTINE_EXAMPLE, type QuarantineQuery, quarantine } from './quarantine.query.js';
import { seesStream } from './stream-visibility.js';

/** Body of `POST /v1/quarantine/{projection}/{stream}/discard`. */
export class NewDiscard {
  /** Of the event that was looked at, as the list of the quarantine tells it. */
  @IsIdentifier()
  eventId!: string;

  @IsText({ max: 1_000 })
  reason!: string;
}

@ApiTags('operations')
@Controller('v1/quarantine')
export class QuarantineController {
  constructor(
    private readonly queries: QueryBus,
    private readonly quarantine: Quarantine,
    private readonly served: ServedReadModels,
    @Inject(ACCOUNT_DIRECTORY) private readonly accounts: AccountDirectory,
  ) {}

  @Get()
  @Answers(quarantine)
  list(@QueryOf() query: QuarantineQuery) {
    return this.queries.execute(query);
  }

  @Get('discarded')
  @Answers(discardedEvents)
  discarded(@QueryOf() query: DiscardedEventsQuery) {
    return this.queries.execute(query);
  }

  @Post(':projection/:stream/redrive')
  @HttpCode(202)
  @RequiresPermission('administration')
  @Described({
    summary: 'Try a stream again that a projection has stopped at',
    status: 202,
    example: { ...QUARANTINE_EXAMPLE, state: 'redrive-requested' },
  })
  async redrive(
    @Param('projection') projection: string,
    @Param('stream') stream: string,
    @EnvelopeOf() envelope: CommandEnvelope,
  ) {
    await this.#assertSeen(stream, envelope);
    return this.quarantine.redrive(projection, stream);
  }

  @Post(':projection/:stream/discard')
  @HttpCode(202)
  @RequiresPermission('administration')
  @Described({
    summary: 'Let a projection skip the event it has stopped at, for ever',
    status: 202,
    body: NewDiscard,
    example: DISCARD_EXAMPLE,
  })
  async discard(
    @Param('projection') projection: string,
    @Param('stream') stream: string,
    @Body() body: unknown,
    @EnvelopeOf() envelope: CommandEnvelope,
  ) {
    const errors = checkBody(NewDiscard, body ?? {});
    if (errors.length > 0) {
      throw new Problem(400, 'invalid-request', 'The event cannot be discarded as asked.', { errors });
    }
    await this.#assertSeen(stream, envelope);
    const { eventId, reason } = body as NewDiscard;
    return this.quarantine.discard({ name: projection, stream, eventId, reason, actor: envelope.actor });
  }

  async #assertSeen(stream: string, { member }: CommandEnvelope): Promise<void> {
    if (member === undefined) return;
    const accounts = await this.served.withinNewest(() => this.accounts.ofMember(member));
    if (!seesStream({ accounts }, stream)) throw notQuarantined();
  }
}
