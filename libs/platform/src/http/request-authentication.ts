import { NotFoundException } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Authenticator } from '../auth/authenticator.js';
import type { Principal } from '../auth/principal.js';
import type { Readiness } from '../ledger/readiness.js';
import { Problem } from '../problems/problem.js';
import type { RouteDoor } from './route-decorators.js';

/** A request with its sender; undefined where nobody has been asked for. */
interface AuthenticatedRequest extends FastifyRequest {
  keyledgerPrincipal?: Principal | undefined;
}

/**
 * Finds out who sends a request before its body is read: guards run after that, and to parse a body costs far more than to
 * refuse it. For the same reason what is sent to no route is refused here.
 */
export function authenticateRequests(http: FastifyInstance, readiness: Readiness, authenticator: Authenticator): void {
  http.decorateRequest('keyledgerPrincipal', undefined);
  http.addHook('onRequest', async (request: AuthenticatedRequest) => {
    if (request.is404) throw new NotFoundException();
    const { answersUnready, isGuarded } = request.routeOptions.config as RouteDoor;
    if (isGuarded !== true) return;
    if (readiness.cause !== undefined && answersUnready !== true) throw notReady(readiness.cause);
    request.keyledgerPrincipal = await authenticator.principalOf(request);
  });
}

/** Who was found to send a request. */
export function principalOf(request: FastifyRequest): Principal | undefined {
  return (request as AuthenticatedRequest).keyledgerPrincipal;
}

/** 503 */
export function notReady(cause: string): Problem {
  return new Problem(503, 'not-ready', cause, { headers: { 'Retry-After': '2' } });
}
