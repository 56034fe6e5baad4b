import fastifyHelmet from '@fastify/helmet';
import { fastify } from 'fastify';

export type SecurityHeaders = Readonly<Record<string, string>>;

/**
 * The headers of every answer, as helmet sets them: its answer to one request, since it would put the text of the policy
 * together anew for each.
 */
export async function securityHeaders(): Promise<SecurityHeaders> {
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
