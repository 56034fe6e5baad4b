import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { CommandDefinition } from '../commands/command-definition.js';
import type { LedgerCommand } from '../commands/ledger-command.js';
import type { LedgerQuery, QueryDefinition } from '../queries/query-definition.js';

/** Metadata keys of a route: what it takes or answers. */
export const COMMAND_ROUTE = 'keyledger:command';
export const QUERY_ROUTE = 'keyledger:query';

/** Marks a route that takes a command; permission, checks, headers and the API's page all follow from the definition. */
export function Accepts(definition: CommandDefinition): MethodDecorator {
  return applyDecorators(SetMetadata(COMMAND_ROUTE, definition));
}

/** Marks a route that answers a question; everything else follows from the definition, as with {@link Accepts}. */
export function Answers(definition: QueryDefinition<never>): MethodDecorator {
  return applyDecorators(SetMetadata(QUERY_ROUTE, definition));
}

/** A request, once the ledger's guard has read it. */
export interface LedgerRequest {
  ledgerCommand?: LedgerCommand;
  ledgerQuery?: LedgerQuery<object, unknown>;
}

/** The command that the request of an {@link Accepts} route brings. */
export const CommandOf = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<LedgerRequest>().ledgerCommand,
);

/** The question that the request of an {@link Answers} route asks, an instance of the definition's `query`. */
export const QueryOf = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<LedgerRequest>().ledgerQuery,
);
