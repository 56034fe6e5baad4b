import fastifyHelmet from '@fastify/helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { registerImportParsers } from '#imports';
import { Metrics, Problem } from '#platform';

/** What the HTTP server does around every route: kinds of bodies, security headers, measures. */
export async function prepareHttp(app: NestFastifyApplication): Promise<void> {
  const http = app.getHttpAdapter().getInstance();
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        // The API's page is served over plain HTTP on the machine itself.
        upgradeInsecureRequests: null,
      },
    },
  });
  http.removeAllContentTypeParsers();
  const parseJson = http.getDefaultJsonParser('error', 'error');
  http.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parseJson(request, body, (error, value) => done(error === null ? null : malformedJson(), value));
  });
  registerImportParsers(http);
  const metrics = app.get(Metrics);
  http.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    metrics.requests.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000);
  });
  http.addHook('onRequest', async (request, reply) => {
    void reply.header('X-Request-Id', request.id);
  });
}

function malformedJson(): Problem {
  return new Problem(400, 'malformed-json', 'The body is not JSON.');
}
