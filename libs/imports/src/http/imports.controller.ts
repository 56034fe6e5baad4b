import type { Readable } from 'node:stream';
import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { type CommandEnvelope, EnvelopeOf, RequiresPermission } from '#platform';
import type { ImportAnswer } from '../import-answer.js';
import { ImportsService } from '../imports.service.js';

@ApiTags('imports')
@Controller('v1/imports')
export class ImportsController {
  constructor(private readonly imports: ImportsService) {}

  @Post()
  @HttpCode(200)
  @RequiresPermission('account-commands')
  import(@Req() request: FastifyRequest, @EnvelopeOf() envelope: CommandEnvelope): Promise<ImportAnswer> {
    return this.imports.import(request.headers['content-type'], request.query, request.body as Readable, envelope);
  }
}
