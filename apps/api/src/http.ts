import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { registerImportParsers } from '#imports';
import {
  Authenticator,
  answerCommands,
  authenticateRequests,
  type Config,
  observeRequests,
  Problem,
  Readiness,
  RequestLimits,
  type Telemetry,
} from '#platform';
import { exemptImports } from './connections.js';
import type { SecurityHeaders } from './security-headers.js';

const ONE_YEAR = 31_536_000;

/** What the HTTP server does around every route: bounds, kinds of bodies, security headers, measures, who asks. */
export async function prepareHttp(
  app: NestFastifyApplication,
  config: Config,
  telemetry: Telemetry,
  headers: SecurityHeaders,
): Promise<void> {
  const http = app.getHttpAdapter().getInstance();
  exemptImports(http);
  await app.get(RequestLimits).register(http);
  if (config.trustProxy !== undefined) {
    http.addHook('onRequest', async (request, reply) => {
      if (request.protocol === 'https') void reply.header('Strict-Transport-Security', `max-age=${ONE_YEAR}`);
    });
  }
  http.removeAllContentTypeParsers();
  const parseJson = http.getDefaultJsonParser('error', 'error');
  http.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parseJson(request, body, (error, value) => done(error === null ? null : malformedJson(), value));
  });
  registerImportParsers(http);
  observeRequests(http, telemetry);
  answerCommands(http);
  http.addHook('onRequest', (request, reply, done) => {
    void reply.headers(headers).header('X-Request-Id', request.id);
    const isNameless = request.headers.host === undefined && request.raw.httpVersion === '1.1';
    done(isNameless ? malformedRequest() : undefined);
  });
  // After the others: what is refused here has the headers and is measured, too.
  authenticateRequests(http, app.get(Readiness), app.get(Authenticator));
}

function malformedRequest(): Problem {
  return new Problem(400, 'malformed-request', 'The request names no host.');
}

function malformedJson(): Problem {
  return new Problem(400, 'malformed-json', 'The body is not JSON.');
}
