import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import type { JsonObject, SwitchRule } from '#event-sourcing';
import type { CommandEnvelope } from '../commands/ledger-command.js';
import { Described, EnvelopeOf, RequiresPermission } from '../http/route-decorators.js';
import { notFound, Problem } from '../problems/problem.js';
import { checkBody } from '../rules/compiled-check.js';
import { REBUILDS, type RebuildRecord, type Rebuilds } from './rebuilds.js';

const SWITCH_RULES = ['when-equal', 'never', 'always'] as const;

/** Body of `POST /v1/projections/{name}/rebuild`. */
export class NewRebuild {
  /** Default: `when-equal`. */
  @IsOptional()
  @IsIn(SWITCH_RULES)
  switch?: SwitchRule;

  /** Whether what served before is dropped after the switch; default: it is kept to go back to. */
  @IsOptional()
  @IsBoolean()
  dropOld?: boolean;
}

/** Stands for all projections in the path. */
const ALL = 'all';

const EXAMPLE: JsonObject = {
  rebuildId: '6c1d8a52-6a53-4c46-9c8e-0d7d5a0a5f4e',
  kind: 'rebuild',
  switch: 'when-equal',
  phase: 'comparing',
  projections: [{ name: 'orders', version: 1, build: 2, live: 1 }],
  position: '48211',
  head: '48211',
  documents: 12000,
  differing: 0,
  remark: null,
  startedAt: '2026-11-23T10:00:00.000Z',
  updatedAt: '2026-11-23T10:00:04.000Z',
  compared: [],
  differences: [],
};

@ApiTags('operations')
@Controller('v1')
export class RebuildController {
  constructor(@Inject(REBUILDS) private readonly rebuilds: Rebuilds) {}

  @Post('projections/:name/rebuild')
  @HttpCode(202)
  @RequiresPermission('administration')
  @Described({
    summary: 'Rebuild a read model, or `all`, beside those that serve; goes on with one that waits',
    status: 202,
    body: NewRebuild,
    example: EXAMPLE,
  })
  async rebuild(@Param('name') name: string, @Body() body: unknown, @EnvelopeOf() envelope: CommandEnvelope) {
    const errors = checkBody(NewRebuild, body ?? {});
    if (errors.length > 0) {
      throw new Problem(400, 'invalid-request', 'The rebuild cannot be begun as asked.', { errors });
    }
    const { dropOld, switch: rule } = (body ?? {}) as NewRebuild;
    const order = { names: namesOf(name), switch: rule ?? 'when-equal', dropOld: dropOld === true };
    return viewFor(envelope, await this.rebuilds.start({ kind: 'rebuild', ...order }));
  }

  @Post('projections/:name/rollback')
  @HttpCode(202)
  @RequiresPermission('administration')
  @Described({
    summary: 'Go back to the read model, or `all`, that served before the last rebuild',
    status: 202,
    example: EXAMPLE,
  })
  async rollback(@Param('name') name: string, @EnvelopeOf() envelope: CommandEnvelope) {
    return viewFor(envelope, await this.rebuilds.start({ kind: 'rollback', names: namesOf(name) }));
  }

  @Get('rebuilds/:rebuildId')
  @RequiresPermission('administration')
  @Described({ summary: 'The newest rebuild, with its progress and the differences found', example: EXAMPLE })
  async get(@Param('rebuildId') rebuildId: string, @EnvelopeOf() envelope: CommandEnvelope) {
    return viewFor(envelope, await this.#newest(rebuildId));
  }

  @Delete('rebuilds/:rebuildId')
  @RequiresPermission('administration')
  @Described({ summary: 'Give up a rebuild that has not switched; what serves goes on serving', example: EXAMPLE })
  async abandon(@Param('rebuildId') rebuildId: string, @EnvelopeOf() envelope: CommandEnvelope) {
    await this.#newest(rebuildId);
    return viewFor(envelope, await this.rebuilds.abandon());
  }

  async #newest(rebuildId: string): Promise<RebuildRecord> {
    const record = await this.rebuilds.latest();
    if (record?.id !== rebuildId) throw notFound('rebuild-not-found', 'There is no such rebuild, or a newer one.');
    return record;
  }
}

function namesOf(name: string): readonly string[] {
  return name === ALL ? [] : [name];
}

function rebuildView({ beat: _, abandoning: __, id, targets, ...record }: RebuildRecord) {
  return { rebuildId: id, ...record, projections: targets };
}

/** Differences tell what is in documents, of all accounts: a member's key is told how many there are. */
function viewFor({ member }: CommandEnvelope, record: RebuildRecord) {
  return member === undefined ? rebuildView(record) : rebuildSummary(record);
}

/** What everybody may see of it who may read the read models: no document's content. */
export function rebuildSummary(record: RebuildRecord) {
  const { compared: _, differences: __, ...summary } = rebuildView(record);
  return summary;
}
