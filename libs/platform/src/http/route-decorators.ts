import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';
import type { FastifyRequest } from 'fastify';
import type { JsonObject } from '#event-sourcing';
import type { Principal } from '../auth/principal.js';
import type { CommandDefinition, Permission } from '../commands/command-definition.js';
import type { CommandEnvelope, LedgerCommand } from '../commands/ledger-command.js';
import type { Reader } from '../queries/list.js';
import type { LedgerQuery, QueryDefinition } from '../queries/query-definition.js';
import type { PositionedReading } from '../queries/read-progress.js';
import { QueryAnswerInterceptor } from './query-answer.interceptor.js';
import { envelopeOf } from './request-reading.js';

/** Metadata keys of a route: what it takes, answers or asks for. */
export const COMMAND_ROUTE = 'keyledger:command';
export const QUERY_ROUTE = 'keyledger:query';
export const PERMISSION_ROUTE = 'keyledger:permission';
export const PUBLIC_ROUTE = 'keyledger:public';
export const UNREADY_ROUTE = 'keyledger:unready';
export const DESCRIBED_ROUTE = 'keyledger:described';

/** What the HTTP server is told of a route, for what it does before it reads a request's body. */
export interface RouteDoor {
  /** Its sender must be known. */
  readonly isGuarded?: boolean;
  readonly answersUnready?: boolean;
}

/** Tells it, besides what was told of the route before. */
function HasDoor(door: RouteDoor): MethodDecorator {
  return (target, name, descriptor) => {
    const known: RouteDoor = Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, descriptor.value as object) ?? {};
    return SetMetadata(FASTIFY_ROUTE_CONFIG_METADATA, { ...known, ...door })(target, name, descriptor);
  };
}

/**
 * Marks a route that takes a command; permission, checks, headers and the API's page all follow from the definition. The
 * route gives the command's receipt back, which is worded when it leaves (command-answer.ts).
 */
export function Accepts(definition: CommandDefinition): MethodDecorator {
  return applyDecorators(SetMetadata(COMMAND_ROUTE, definition), HasDoor({ isGuarded: true }));
}

/** Marks a route that answers a question; everything else follows from the definition, as with {@link Accepts}. */
export function Answers<Parameters extends object>(definition: QueryDefinition<Parameters>): MethodDecorator {
  return applyDecorators(
    SetMetadata(QUERY_ROUTE, definition),
    HasDoor({ isGuarded: true }),
    UseInterceptors(QueryAnswerInterceptor),
  );
}

/** Marks a route that is neither a command's nor a question's, and that needs a permission. */
export function RequiresPermission(permission: Permission): MethodDecorator {
  return applyDecorators(SetMetadata(PERMISSION_ROUTE, permission), HasDoor({ isGuarded: true }));
}

/** What the API's page says of a route that is neither a command's nor a question's. */
export interface RouteDescription {
  readonly summary: string;
  /** Status of the answer; default 200. */
  readonly status?: number;
  /** Class of the parameters in the query string. */
  readonly parameters?: new () => object;
  /** Class of a JSON body. */
  readonly body?: new () => object;
  /** Media types of a body that is a file. */
  readonly fileTypes?: readonly string[];
  /** An answer. */
  readonly example?: JsonObject;
}

/** Describes a {@link RequiresPermission} route for the API's page. */
export function Described(description: RouteDescription): MethodDecorator {
  return SetMetadata(DESCRIBED_ROUTE, description);
}

/** Marks a route that anybody may ask, also while the ledger is not ready. */
export function Public(): MethodDecorator & ClassDecorator {
  return SetMetadata(PUBLIC_ROUTE, true);
}

/** Marks a {@link RequiresPermission} route that is answered also while the ledger is not ready. */
export function AnswersUnready(): MethodDecorator {
  return applyDecorators(SetMetadata(UNREADY_ROUTE, true), HasDoor({ answersUnready: true }));
}

/** What the ledger's guard has read from a request. */
export interface LedgerRequest extends FastifyRequest {
  ledger: {
    readonly principal: Principal;
    readonly receivedAt: string;
    readonly command?: LedgerCommand;
    readonly query?: LedgerQuery<object, unknown>;
    readonly reader?: Reader;
    /** What the question reads from, and how far that was when it was asked. */
    readonly reading?: PositionedReading;
  };
}

function ledgerRequest(context: ExecutionContext): LedgerRequest {
  return context.switchToHttp().getRequest<LedgerRequest>();
}

/** The command that the request of an {@link Accepts} route brings. */
export const CommandOf = createParamDecorator(
  (_: unknown, context: ExecutionContext) => ledgerRequest(context).ledger.command,
);

/** The question that the request of an {@link Answers} route asks, an instance of the definition's `query`. */
export const QueryOf = createParamDecorator(
  (_: unknown, context: ExecutionContext) => ledgerRequest(context).ledger.query,
);

/** What the request of a {@link RequiresPermission} route brings for the commands that it leads to. */
export const EnvelopeOf = createParamDecorator((_: unknown, context: ExecutionContext): CommandEnvelope => {
  const request = ledgerRequest(context);
  return envelopeOf(request, request.ledger.principal, request.ledger.receivedAt);
});
