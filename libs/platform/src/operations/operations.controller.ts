import { Controller, Get, Header } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequiresPermission } from '../http/route-decorators.js';
import { Metrics } from './metrics.js';
import { ProjectionLags } from './projection-lag.js';

@ApiTags('operations')
@Controller()
export class OperationsController {
  constructor(
    private readonly lags: ProjectionLags,
    private readonly metrics: Metrics,
  ) {}

  @Get('v1/projections')
  @RequiresPermission('read-models')
  async projections() {
    return { items: await this.lags.measure() };
  }

  @Get('metrics')
  @RequiresPermission('read-models')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  metricsText(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
