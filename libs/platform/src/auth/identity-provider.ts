import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { isRole } from './permissions.js';
import type { Principal } from './principal.js';

export interface IdentityProviderOptions {
  readonly jwksUrl: URL;
  readonly audience?: string;
  readonly issuer?: string;
}

/**
 * Accepts an identity provider's tokens: JWTs signed with a key of its JWKS, with the claims `sub`, `role` (one of the
 * ledger's roles) and, for members of teams, `member`. Keys that rotate are fetched when a token names a new one.
 */
export class IdentityProvider {
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;

  constructor(private readonly options: IdentityProviderOptions) {
    this.#keys = createRemoteJWKSet(options.jwksUrl, { timeoutDuration: 3_000 });
  }

  /** Whose token this is; `undefined` when it is not valid here. */
  async principalOf(token: string): Promise<Principal | undefined> {
    const { audience, issuer } = this.options;
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        // Only signatures of public keys: an HMAC keyed with a public key is no signature.
        algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'],
        requiredClaims: ['sub', 'exp'],
        ...(audience === undefined ? {} : { audience }),
        ...(issuer === undefined ? {} : { issuer }),
      });
      const { sub, role, member } = payload;
      if (sub === undefined || !isRole(role)) return undefined;
      return typeof member === 'string' ? { actor: sub, role, member } : { actor: sub, role };
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}
