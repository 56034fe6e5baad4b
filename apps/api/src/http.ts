import fastifyHelmet from '@fastify/helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { fastify } from 'fastify';
import { registerImportParsers } from '#imports';
import { answerCommands, type Config, observeRequests, Problem, RequestLimits, type Telemetry } from '#platform';
import { exemptImports } from './connections.js';

const ONE_YEAR = 31_536_000;

/** What the HTTP server does around every route: bounds, kinds of bodies, security headers, measures. */
export async function prepareHttp(app: NestFastifyApplication, config: Config, telemetry: Telemetry): Promise<void> {
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
  const headers = await securityHeaders();
  http.addHook('onRequest', (request, reply, done) => {
    void reply.headers(headers).header('X-Request-Id', request.id);
    const isNameless = request.headers.host === undefined && request.raw.httpVersion === '1.1';
    done(isNameless ? malformedRequest() : undefined);
  });
}

/**
 * The headers of every answer, as helmet sets them: its answer to one request, since it would put the text of the policy
 * together anew for each.
 */
async function securityHeaders(): Promise<Record<string, string>> {
  const probe = fastify();
  await probe.register(fastifyHelmet, {
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        frameAncestors: ["'none'"],
        // The API's page is served over plain HTTP on the machine itself.
        upgradeInsecureRequests: null,
      },
    },
    xFrameOptions: { action: 'deny' },
    // Must not be said over plain HTTP, and only a trusted proxy can tell what a client speaks.
    strictTransportSecurity: false,
  });
  probe.get('/', async (_, reply) => reply.raw.getHeaders());
  const answer = await probe.inject('/');
  await probe.close();
  return { ...answer.json(), 'cache-control': 'no-store' };
}

function malformedRequest(): Problem {
  return new Problem(400, 'malformed-request', 'The request names no host.');
}

function malformedJson(): Problem {
  return new Problem(400, 'malformed-json', 'The body is not JSON.');
}
