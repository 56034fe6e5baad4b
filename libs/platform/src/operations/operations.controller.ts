import { Controller, Get, Header, Inject, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AnswersUnready, type LedgerRequest, RequiresPermission } from '../http/route-decorators.js';
import { Metrics } from './metrics.js';
import { ProjectionLags } from './projection-lag.js';
import { rebuildSummary } from './rebuild.controller.js';
import { REBUILDS, type Rebuilds } from './rebuilds.js';

@ApiTags('operations')
@Controller()
export class OperationsController {
  constructor(
    private readonly lags: ProjectionLags,
    private readonly metrics: Metrics,
    @Inject(REBUILDS) private readonly rebuilds: Rebuilds,
  ) {}

  @Get('v1/projections')
  @RequiresPermission('read-models')
  async projections(@Req() { ledger: { principal } }: LedgerRequest) {
    const [lags, projectors, rebuild] = await Promise.all([
      this.lags.measure(),
      this.lags.projectors(),
      this.rebuilds.latest(),
    ]);
    // Streams bear the ids of accounts, which a member's key sees of its own teams' accounts only.
    const items = principal.member === undefined ? lags : lags.map((lag) => ({ ...lag, quarantined: [] }));
    return { items, projectors, rebuild: rebuild === undefined ? null : rebuildSummary(rebuild) };
  }

  @Get('metrics')
  @RequiresPermission('read-models')
  @AnswersUnready()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  metricsText(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
