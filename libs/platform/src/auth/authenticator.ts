import type { FastifyRequest } from 'fastify';
import type { RequestLimits } from '../http/request-limits.js';
import { Problem } from '../problems/problem.js';
import { type ApiKeys, isRandomKey } from './api-keys.js';
import { type IdentityProvider, isJwt } from './identity-provider.js';
import type { Principal } from './principal.js';

const LONGEST_TOKEN = 8_192;

/** Finds out who sends a request, by its bearer token: an API key, or an identity provider's JWT. */
export class Authenticator {
  constructor(
    private readonly apiKeys: ApiKeys,
    private readonly identityProvider: IdentityProvider | undefined,
    private readonly limits: RequestLimits,
  ) {}

  /**
   * An address that was refused too often is not listened to for a while, but for API keys: nobody can guess their random
   * bits, so those who share the address with a guesser keep working.
   * @throws Problem 401, 429, and 503 while a token cannot be checked
   */
  async principalOf(request: FastifyRequest): Promise<Principal> {
    const token = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined || token.length > LONGEST_TOKEN) {
      throw unauthorized('no-credentials', 'Send an API key or a token as "Authorization: Bearer …".');
    }
    if (!isRandomKey(token)) await this.limits.beforeTry(request);
    const principal = await this.#ownerOf(token);
    if (principal === undefined) {
      await this.limits.refused(request);
      throw unauthorized('invalid-credentials', 'The API key or token is not valid.');
    }
    await this.limits.used(request, principal);
    return principal;
  }

  #ownerOf(token: string): Promise<Principal | undefined> {
    if (this.identityProvider !== undefined && isJwt(token)) return this.identityProvider.principalOf(token);
    return this.apiKeys.principalOf(token);
  }
}

function unauthorized(code: string, detail: string): Problem {
  return new Problem(401, code, detail, { headers: { 'WWW-Authenticate': 'Bearer' } });
}
