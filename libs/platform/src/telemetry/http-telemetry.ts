import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LedgerRequest } from '../http/route-decorators.js';
import { correlationIdOf } from './correlation.js';
import type { JsonLog, LogLevel } from './json-log.js';
import { LogBudget } from './log-budget.js';
import { decorateWithSpan, setSpan, spanOf } from './request-span.js';
import type { Telemetry } from './telemetry.js';
import { ATTRIBUTE, LOG_CONTEXT } from './telemetry-names.js';
import { problemTold } from './told-problems.js';
import type { Tracing } from './tracing.js';

/** A command, or a question that is answered with JSON, is told of as slow from here on, in milliseconds. */
const SLOW = 1_000;
/** Lines about requests a second; more are counted and told of with the next. */
const LINES_A_SECOND = 50;

/**
 * Measures requests, traces them where tracing is on, and logs those that an operator wants
 * to know of: failed ones (`error` for 500, `warn` for 502 to 504) and slow ones (`warn`); all others at `debug`.
 */
export function observeRequests(http: FastifyInstance, { log, metrics, tracing }: Telemetry): void {
  if (tracing !== undefined) traceRequests(http, tracing);
  const budget = new LogBudget(LINES_A_SECOND);
  const tellsAll = log.writes('debug');
  http.addHook('onResponse', (request, reply, done) => {
    const { statusCode, elapsedTime } = reply;
    metrics.requests.observe(
      { method: request.method, route: routeOf(request), status: statusCode },
      elapsedTime / 1_000,
    );
    if (statusCode >= 500 || elapsedTime >= SLOW || tellsAll) {
      const level = levelOf(request, reply);
      if (level !== 'debug' || tellsAll) logRequest(log, level, budget, request, reply);
    }
    done();
  });
}

function levelOf(request: FastifyRequest, reply: FastifyReply): LogLevel {
  // While it is not ready, probes ask again and again.
  if (routeOf(request).startsWith('/health/')) return 'debug';
  if (reply.statusCode >= 500) return reply.statusCode === 500 ? 'error' : 'warn';
  return reply.elapsedTime >= SLOW && shouldBeQuick(request, reply) ? 'warn' : 'debug';
}

/** Files that are streamed in or out take as long as they are big, and who asks for a position has asked to wait. */
function shouldBeQuick(request: FastifyRequest, reply: FastifyReply): boolean {
  const { ledger } = request as Partial<LedgerRequest>;
  if (ledger?.command !== undefined) return true;
  const waits = request.headers['keyledger-min-position'] !== undefined;
  return (
    ledger?.query !== undefined && !waits && String(reply.getHeader('content-type')).startsWith('application/json')
  );
}

function logRequest(
  log: JsonLog,
  level: LogLevel,
  budget: LogBudget,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const suppressed = budget.take();
  if (suppressed === undefined) return;
  const { ledger } = request as Partial<LedgerRequest>;
  const problem = problemTold(request);
  const slow = level === 'warn' && reply.statusCode < 500;
  log.line(level, LOG_CONTEXT.http, slow ? 'A request was slow.' : 'A request was answered.', {
    requestId: String(request.id),
    correlationId: correlationIdOf(request.headers, String(request.id)),
    traceId: spanOf(request)?.traceId,
    method: request.method,
    // Never the address itself: ids and searched names stand in it.
    route: routeOf(request),
    status: reply.statusCode,
    outcome: problem?.code,
    // A sentence about the ledger, where the others are about what the client sent.
    detail: reply.statusCode >= 500 ? problem?.detail : undefined,
    command: ledger?.command?.definition.type,
    durationMs: Math.round(reply.elapsedTime * 10) / 10,
    suppressedLines: suppressed > 0 ? suppressed : undefined,
  });
}

function traceRequests(http: FastifyInstance, tracing: Tracing): void {
  decorateWithSpan(http);
  http.addHook('onRequest', async (request) => {
    const route = routeOf(request);
    // Probes and pages are no undertakings.
    if (!route.startsWith('/v1/')) return;
    const parent = request.headers.traceparent;
    setSpan(
      request,
      tracing.begin(`${request.method} ${route}`, {
        kind: 'server',
        parent: typeof parent === 'string' ? parent : undefined,
        attributes: {
          [ATTRIBUTE.method]: request.method,
          [ATTRIBUTE.route]: route,
          [ATTRIBUTE.requestId]: String(request.id),
        },
      }),
    );
  });
  http.addHook('onResponse', async (request, { statusCode }) => {
    spanOf(request)?.end({ [ATTRIBUTE.status]: statusCode }, statusCode >= 500);
  });
  http.addHook('onRequestAbort', async (request) => {
    spanOf(request)?.end({}, true);
  });
}

/** The pattern of the route, or `none`. */
function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none';
}
