import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TraceSpan } from './tracing.js';

/** A request with its span; undefined where nothing is traced. */
interface TracedRequest extends FastifyRequest {
  keyledgerSpan?: TraceSpan | undefined;
}

/** Makes room for spans in the requests of a server that traces. */
export function decorateWithSpan(http: FastifyInstance): void {
  http.decorateRequest('keyledgerSpan', undefined);
}

export function setSpan(request: FastifyRequest, span: TraceSpan): void {
  (request as TracedRequest).keyledgerSpan = span;
}

export function spanOf(request: FastifyRequest): TraceSpan | undefined {
  return (request as TracedRequest).keyledgerSpan;
}

/** What a command takes along of its request's trace. */
export function traceOf(request: FastifyRequest): { readonly traceparent?: string } {
  const traceparent = spanOf(request)?.traceparent;
  return traceparent === undefined ? {} : { traceparent };
}
