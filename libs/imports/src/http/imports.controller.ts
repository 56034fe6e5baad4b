import type { Readable } from 'node:stream';
import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { type CommandEnvelope, Described, EnvelopeOf, RequiresPermission } from '#platform';
import type { ImportAnswer } from '../import-answer.js';
import { ImportsService } from '../imports.service.js';
import { ImportParameters } from './import-parameters.js';

@ApiTags('imports')
@Controller('v1/imports')
export class ImportsController {
  constructor(private readonly imports: ImportsService) {}

  @Post()
  @HttpCode(200)
  @RequiresPermission('account-commands')
  @Described({
    summary: 'Import a file of facts; one bad row rejects its whole document',
    parameters: ImportParameters,
    fileTypes: ['text/csv', 'application/x-ndjson'],
    example: {
      kind: 'orders',
      dryRun: false,
      rows: 3,
      documents: { accepted: 1, skipped: 0, rejected: 1 },
      position: '1024',
      errors: [{ row: 3, field: 'quantity', code: 'quantity', message: 'Must be a number above 0.' }],
    },
  })
  import(@Req() request: FastifyRequest, @EnvelopeOf() envelope: CommandEnvelope): Promise<ImportAnswer> {
    return this.imports.import(request.headers['content-type'], request.query, request.body as Readable, envelope);
  }
}
