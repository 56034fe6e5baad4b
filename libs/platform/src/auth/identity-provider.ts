import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Config } from '../config/config.js';
import { Problem } from '../problems/problem.js';
import { isRole } from './permissions.js';
import type { Principal } from './principal.js';
import { type SigningKeysOptions, SigningKeysUnavailable, signingKeys } from './signing-keys.js';

export interface IdentityProviderOptions extends SigningKeysOptions {
  readonly audience: string;
  readonly issuer: string;
}

/** Signatures with public keys only: an HMAC keyed with a public key is no signature. */
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];
/** How far the provider's clock may be off, in seconds. */
const CLOCK_TOLERANCE = 30;
const SUBJECT = /^[\x21-\x7e]{1,128}$/;
const MEMBER = /^[A-Za-z0-9._:-]{1,64}$/;
/** Names under which the ledger itself acts. */
const OWN_NAMES = ['admin', 'system'];

/**
 * Accepts an identity provider's tokens: JWTs for this audience, from this issuer, signed with a key of its JWKS by RS256,
 * ES256 or EdDSA, not expired, with the claims `sub` (1 to 128 visible ASCII characters), `role` (one of the ledger's roles)
 * and, for members of teams, `member` (an id).
 */
export class IdentityProvider {
  readonly #keys: JWTVerifyGetKey;

  constructor(private readonly options: IdentityProviderOptions) {
    this.#keys = signingKeys(options);
  }

  /**
   * Whose token this is; `undefined` when it is not valid here.
   * @throws Problem 503 while the provider's keys are needed and cannot be had
   */
  async principalOf(token: string): Promise<Principal | undefined> {
    const { audience, issuer } = this.options;
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        algorithms: ALGORITHMS,
        audience,
        issuer,
        requiredClaims: ['sub', 'exp'],
        clockTolerance: CLOCK_TOLERANCE,
      });
      return principalIn(payload);
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      if (!(error instanceof SigningKeysUnavailable)) throw error;
      throw new Problem(
        503,
        'identity-provider-unavailable',
        'The keys of the identity provider cannot be had, so tokens cannot be checked; API keys work.',
        { cause: error, headers: { 'Retry-After': '5' } },
      );
    }
  }
}

/** The identity provider of the settings, if they name one. */
export function identityProviderOf({ identityProvider }: Config): IdentityProvider | undefined {
  return identityProvider === undefined ? undefined : new IdentityProvider(identityProvider);
}

/** A claim that is there and out of form makes the token invalid: a `member` that was passed over would open every account. */
function principalIn({ sub, role, member }: JWTPayload): Principal | undefined {
  if (typeof sub !== 'string' || !SUBJECT.test(sub) || OWN_NAMES.includes(sub) || !isRole(role)) return undefined;
  if (member === undefined) return { actor: sub, role };
  return typeof member === 'string' && MEMBER.test(member) ? { actor: sub, role, member } : undefined;
}

/** Whether a token looks like a JWT: three parts, of which the first is a JSON object. */
export function isJwt(token: string): boolean {
  return /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/.test(token);
}
