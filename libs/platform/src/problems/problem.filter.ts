import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { StoreUnavailable } from '#event-sourcing';
import { storeUnavailableProblem } from '../commands/ledger-commands.js';
import { correlationIdOf } from '../telemetry/correlation.js';
import { spanOf } from '../telemetry/request-span.js';
import { LOG_CONTEXT } from '../telemetry/telemetry-names.js';
import { noteProblem } from '../telemetry/told-problems.js';
import { Problem } from './problem.js';

/** Reason phrases are titles that say nothing of the inside (RFC 9110). */
const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** What is said for refusals of the HTTP server itself, of which Nest hands on the status only. */
const SERVER_PROBLEMS: Readonly<Record<number, [code: string, detail: string]>> = {
  404: ['not-found', 'There is nothing at this address.'],
  413: ['body-too-large', 'The body is larger than 1 MiB.'],
  415: ['unsupported-media-type', 'This kind of body is not taken here.'],
};

/** Turns whatever was thrown into `application/problem+json`; what is not meant for clients is logged and called internal. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(LOG_CONTEXT.http);

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = request.raw.errored === thrown ? cutOff() : problemOf(thrown);
    noteProblem(request, problem);
    if (problem.status === 500)
      this.logger.error({
        message: 'A request failed.',
        requestId: request.id,
        correlationId: correlationIdOf(request.headers, String(request.id)),
        traceId: spanOf(request)?.traceId,
        error: stackOf(thrown),
      });
    if (reply.sent || reply.raw.headersSent) {
      // The answer is under way: cutting it off is the only way left to say that it is not whole.
      reply.raw.destroy();
      return;
    }
    sendProblem(reply, problem);
  }
}

/** Answers with a problem. */
function sendProblem(reply: FastifyReply, problem: Problem): void {
  const { code, detail, more, status } = problem;
  const standard = {
    type: `urn:keyledger:problem:${code}`,
    title: TITLES[status] ?? 'Error',
    status,
    detail,
    code,
    ...(more.errors === undefined ? {} : { errors: more.errors }),
  };
  void reply
    .status(status)
    .headers({ ...more.headers })
    .type('application/problem+json')
    .serializer(JSON.stringify)
    // The standard members are read first, and none of the others may take their place.
    .send({ ...standard, ...more.members, ...standard });
}

/** The problem to answer with for anything that was thrown. */
function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof StoreUnavailable) return storeUnavailableProblem(thrown);
  const status = thrown instanceof HttpException ? thrown.getStatus() : 500;
  if (status >= 500) return new Problem(500, 'internal', 'Something went wrong here; it was logged.');
  return new Problem(
    status,
    ...(SERVER_PROBLEMS[status] ?? ['malformed-request', 'The request cannot be understood.']),
  );
}

/** A client that left before its request was whole reads no answer; logs and metrics say that the fault is not ours. */
function cutOff(): Problem {
  return new Problem(400, 'malformed-request', 'The connection ended before the request was whole.');
}

function stackOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
