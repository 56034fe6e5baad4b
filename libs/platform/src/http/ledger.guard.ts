import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
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
import { commandOf, minPositionOf, queryOf } from './request-reading.js';
import { COMMAND_ROUTE, type LedgerRequest, PERMISSION_ROUTE, PUBLIC_ROUTE, QUERY_ROUTE } from './route-decorators.js';

/**
 * Stands before every route: whether the ledger is ready, who asks, whether they may, and what they want, checked. A route
 * that declares none of the four kinds is closed.
 */
@Injectable()
export class LedgerGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly readiness: Readiness,
    private readonly authenticator: Authenticator,
    private readonly progress: ReadProgress,
    @Inject(ACCOUNT_DIRECTORY) private readonly accounts: AccountDirectory,
    @Inject(CLOCK) private readonly now: () => string,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC_ROUTE, targets) === true) return true;
    const { cause } = this.readiness;
    if (cause !== undefined) throw new Problem(503, 'not-ready', cause, { headers: { 'Retry-After': '2' } });
    const request = context.switchToHttp().getRequest<LedgerRequest>();
    const principal = await this.authenticator.principalOf(request);
    const receivedAt = this.now();
    const handler = context.getHandler();
    const command = this.reflector.get<CommandDefinition | undefined>(COMMAND_ROUTE, handler);
    if (command !== undefined) {
      permit(principal, command.permission);
      request.ledger = { principal, receivedAt, command: commandOf(request, command, principal, receivedAt) };
      return true;
    }
    const query = this.reflector.get<QueryDefinition | undefined>(QUERY_ROUTE, handler);
    if (query !== undefined) {
      permit(principal, query.permission);
      await this.readQuery(request, query, principal, receivedAt);
      return true;
    }
    const permission = this.reflector.getAllAndOverride<Permission | undefined>(PERMISSION_ROUTE, targets);
    if (permission === undefined) throw new Problem(403, 'closed', 'Nobody may ask this.');
    permit(principal, permission);
    request.ledger = { principal, receivedAt };
    return true;
  }

  private async readQuery(
    request: LedgerRequest,
    definition: QueryDefinition,
    principal: Principal,
    receivedAt: string,
  ): Promise<void> {
    // Form first: a question out of form must not be waited for.
    const { parameters } = queryOf(request, definition, { ...principal, now: receivedAt });
    const min = minPositionOf(request);
    const position =
      min === undefined ? await this.progress.position() : await this.progress.reach(min.position, min.patience);
    const reader = await this.readerOf(principal, receivedAt);
    const { accountId } = parameters as { readonly accountId?: string };
    if (accountId !== undefined && !sees(reader, accountId)) {
      throw notFound('account-not-found', 'There is no such account.');
    }
    request.ledger = { principal, receivedAt, reader, position, query: queryOf(request, definition, reader) };
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
