import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import { Authenticator } from '../auth/authenticator.js';
import { hasPermission } from '../auth/permissions.js';
import type { Principal } from '../auth/principal.js';
import type { CommandDefinition, Permission } from '../commands/command-definition.js';
import { Readiness } from '../ledger/readiness.js';
import { CLOCK } from '../ledger/tokens.js';
import { notFound, Problem } from '../problems/problem.js';
import { ACCOUNT_DIRECTORY, type AccountDirectory } from '../queries/account-directory.js';
import { type Reader, sees } from '../queries/list.js';
import type { QueryDefinition } from '../queries/query-definition.js';
import { ReadProgress } from '../queries/read-progress.js';
import { ServedReadModels } from '../queries/served-read-models.js';
import { onceAnswered } from './answered.js';
import { notReady, principalOf } from './request-authentication.js';
import { commandOf, minPositionOf, queryOf } from './request-reading.js';
import {
  COMMAND_ROUTE,
  type LedgerRequest,
  PERMISSION_ROUTE,
  PUBLIC_ROUTE,
  QUERY_ROUTE,
  UNREADY_ROUTE,
} from './route-decorators.js';

/** What a route declares. Without a permission it is closed, unless it is public. */
interface RouteRule {
  readonly isPublic: boolean;
  readonly answersUnready: boolean;
  readonly command: CommandDefinition | undefined;
  readonly query: QueryDefinition | undefined;
  readonly permission: Permission | undefined;
}

/**
 * Stands before every route: whether the ledger is ready, who asks, whether they may, and what they want, checked. A route
 * that declares none of the four kinds is closed. Who asks is known before the body is read (request-authentication.ts), but
 * of a route that declares nothing.
 */
@Injectable()
export class LedgerGuard implements CanActivate {
  private readonly rules = new Map<ReturnType<ExecutionContext['getHandler']>, RouteRule>();

  constructor(
    private readonly reflector: Reflector,
    private readonly readiness: Readiness,
    private readonly authenticator: Authenticator,
    private readonly progress: ReadProgress,
    private readonly served: ServedReadModels,
    @Inject(ACCOUNT_DIRECTORY) private readonly accounts: AccountDirectory,
    @Inject(CLOCK) private readonly now: () => string,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const route = this.ruleOf(context);
    if (route.isPublic) return true;
    const { cause } = this.readiness;
    if (cause !== undefined && !route.answersUnready) throw notReady(cause);
    const http = context.switchToHttp();
    const request = http.getRequest<LedgerRequest>();
    const principal = principalOf(request) ?? (await this.authenticator.principalOf(request));
    const receivedAt = this.now();
    const { command, permission, query } = route;
    if (permission === undefined) throw new Problem(403, 'closed', 'Nobody may ask this.');
    permit(principal, permission);
    if (command !== undefined) {
      request.ledger = { principal, receivedAt, command: commandOf(request, command, principal, receivedAt) };
    } else if (query !== undefined) {
      await this.readQuery(request, http.getResponse(), query, principal, receivedAt);
    } else {
      request.ledger = { principal, receivedAt };
    }
    return true;
  }

  /** Looked up at the route's first request. */
  private ruleOf(context: ExecutionContext): RouteRule {
    const handler = context.getHandler();
    const known = this.rules.get(handler);
    if (known !== undefined) return known;
    const targets = [handler, context.getClass()];
    const command = this.reflector.get<CommandDefinition | undefined>(COMMAND_ROUTE, handler);
    const query = this.reflector.get<QueryDefinition | undefined>(QUERY_ROUTE, handler);
    const rule = {
      isPublic: this.reflector.getAllAndOverride<boolean>(PUBLIC_ROUTE, targets) === true,
      answersUnready: this.reflector.get<boolean | undefined>(UNREADY_ROUTE, handler) === true,
      command,
      query,
      permission:
        (command ?? query)?.permission ??
        this.reflector.getAllAndOverride<Permission | undefined>(PERMISSION_ROUTE, targets),
    };
    this.rules.set(handler, rule);
    return rule;
  }

  private async readQuery(
    request: LedgerRequest,
    reply: FastifyReply,
    definition: QueryDefinition,
    principal: Principal,
    receivedAt: string,
  ): Promise<void> {
    // Form first: a question out of form must not be waited for.
    const { parameters } = queryOf(request, definition, { ...principal, now: receivedAt });
    const reading = await this.progress.begin(minPositionOf(request));
    onceAnswered(request.raw, reply.raw, reading.end);
    const reader = await this.served.within(reading, () => this.readerOf(principal, receivedAt));
    const { accountId } = parameters as { readonly accountId?: string };
    if (accountId !== undefined && !sees(reader, accountId)) {
      throw notFound('account-not-found', 'There is no such account.');
    }
    request.ledger = { principal, receivedAt, reader, reading, query: queryOf(request, definition, reader) };
  }

  private async readerOf(principal: Principal, now: string): Promise<Reader> {
    if (principal.member === undefined) return { ...principal, now };
    return { ...principal, now, accounts: await this.accounts.ofMember(principal.member) };
  }
}

/** @throws Problem 403 */
function permit(principal: Principal, permission: Permission): void {
  if (hasPermission(principal.role, permission)) return;
  throw new Problem(
    403,
    'forbidden',
    `The role ${principal.role} does not hold the permission "${permission}" that this needs.`,
  );
}
