import { Controller, Get, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../http/route-decorators.js';
import { type ReadinessAssessment, ReadinessChecks } from './readiness-checks.js';

@ApiTags('operations')
@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: ReadinessChecks) {}

  @Get('live')
  live() {
    return { status: 'up' };
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessAssessment> {
    const assessment = await this.readiness.assess();
    if (assessment.status === 'not-ready') void reply.status(503);
    return assessment;
  }
}
