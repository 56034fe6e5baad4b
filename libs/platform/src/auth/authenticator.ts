import type { FastifyRequest } from 'fastify';
import { Problem } from '../problems/problem.js';
import type { ApiKeys } from './api-keys.js';
import type { IdentityProvider } from './identity-provider.js';
import type { Principal } from './principal.js';

const LONGEST_TOKEN = 8_192;

/** Finds out who sends a request, by its bearer token: an API key, or an identity provider's JWT. */
export class Authenticator {
  constructor(
    private readonly apiKeys: ApiKeys,
    private readonly identityProvider: IdentityProvider | undefined,
  ) {}

  /** @throws Problem 401 */
  async principalOf(request: FastifyRequest): Promise<Principal> {
    const token = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined || token.length > LONGEST_TOKEN) {
      throw unauthorized('no-credentials', 'Send an API key or a token as "Authorization: Bearer …".');
    }
    const isJwt = this.identityProvider !== undefined && token.split('.').length === 3;
    const principal = isJwt ? await this.identityProvider.principalOf(token) : await this.apiKeys.principalOf(token);
    if (principal === undefined) throw unauthorized('invalid-credentials', 'The API key or token is not valid.');
    return principal;
  }
}

function unauthorized(code: string, detail: string): Problem {
  return new Problem(401, code, detail, { headers: { 'WWW-Authenticate': 'Bearer' } });
}
