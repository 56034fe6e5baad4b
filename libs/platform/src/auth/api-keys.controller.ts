import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { Described, type LedgerRequest, RequiresPermission } from '../http/route-decorators.js';
import { CLOCK } from '../ledger/tokens.js';
import { notFound, Problem } from '../problems/problem.js';
import { checkBody } from '../rules/compiled-check.js';
import { IsIdentifier, IsText } from '../rules/rules.js';
import { ApiKeys } from './api-keys.js';
import { ROLES, type Role } from './permissions.js';

/** Body of `POST /v1/api-keys`. */
export class NewApiKey {
  @IsText({ max: 100 })
  name!: string;

  @IsIn(ROLES)
  role!: Role;

  @IsOptional()
  @IsIdentifier()
  member?: string;
}

@ApiTags('administration')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(
    private readonly apiKeys: ApiKeys,
    @Inject(CLOCK) private readonly now: () => string,
  ) {}

  @Post()
  @RequiresPermission('administration')
  @Described({ summary: 'Make an API key; the key is shown this once', status: 201, body: NewApiKey })
  async create(@Body() body: unknown, @Req() { ledger: { principal } }: LedgerRequest) {
    const errors = checkBody(NewApiKey, body ?? {});
    if (errors.length > 0)
      throw new Problem(400, 'invalid-request', 'The API key cannot be made as asked.', { errors });
    const { name, role, member: asked } = body as NewApiKey;
    // A key that sees the accounts of one member would otherwise make itself one that sees all.
    const member = asked ?? principal.member;
    if (principal.member !== undefined && member !== principal.member) {
      throw new Problem(403, 'forbidden', 'A key with a member makes keys with the same member only.');
    }
    const { apiKey, key } = await this.apiKeys.create(
      { name, role, ...(member === undefined ? {} : { member }) },
      this.now(),
    );
    return { ...apiKey, key };
  }

  @Get()
  @RequiresPermission('administration')
  @Described({ summary: 'The API keys, without their secrets' })
  async list() {
    return { items: await this.apiKeys.list() };
  }

  @Get(':id')
  @RequiresPermission('administration')
  @Described({ summary: 'An API key, without its secret' })
  async get(@Param('id') id: string) {
    const apiKey = await this.apiKeys.get(id);
    if (apiKey === undefined) throw notFound('api-key-not-found', 'There is no such API key.');
    return apiKey;
  }

  @Delete(':id')
  @HttpCode(204)
  @RequiresPermission('administration')
  @Described({ summary: 'Delete an API key; it is refused from then on', status: 204 })
  async delete(@Param('id') id: string): Promise<void> {
    if (!(await this.apiKeys.delete(id))) throw notFound('api-key-not-found', 'There is no such API key.');
  }
}
