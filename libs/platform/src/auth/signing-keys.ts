import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';

/** The identity provider's keys are needed and cannot be had. */
export class SigningKeysUnavailable extends Error {
  override readonly name = 'SigningKeysUnavailable';
}

export interface SigningKeysOptions {
  readonly jwksUrl: URL;
  /**
   * Milliseconds between two looks for a key that is not among those known; default 30 seconds: tokens that name keys of
   * their own making must not become requests to the provider. After a failed look 5 seconds at most.
   */
  readonly coolDown?: number;
  /** Milliseconds that fetched keys are used for before they are fetched again; default 10 minutes. */
  readonly freshFor?: number;
}

const COOL_DOWN = 30_000;
const FRESH_FOR = 600_000;
const PATIENCE = 3_000;
/** Longest pause after a failed fetch: a provider that is back must not be missed for long. */
const LONGEST_PAUSE = 5_000;
const LARGEST_SET = 256 * 1024;

/**
 * The public keys of a JWKS, fetched when they are first needed, when they have become old, and when a token names one that
 * is not among them.
 * @returns a look-up that throws {@link SigningKeysUnavailable} when keys had to be fetched and could not be
 */
export function signingKeys({
  jwksUrl,
  coolDown = COOL_DOWN,
  freshFor = FRESH_FOR,
}: SigningKeysOptions): JWTVerifyGetKey {
  const pause = Math.min(coolDown, LONGEST_PAUSE);
  let failedAt = Number.NEGATIVE_INFINITY;
  return createRemoteJWKSet(jwksUrl, {
    timeoutDuration: PATIENCE,
    cooldownDuration: coolDown,
    cacheMaxAge: freshFor,
    [customFetch]: async (url, init) => {
      if (performance.now() < failedAt + pause) throw new SigningKeysUnavailable('the last fetch has just failed');
      try {
        return await keySet(await fetch(url, init));
      } catch (cause) {
        failedAt = performance.now();
        throw new SigningKeysUnavailable('the key set cannot be fetched', { cause });
      }
    },
  });
}

/** The answer with its body read and looked through. @throws Error for what is no set of keys */
async function keySet(answer: Response): Promise<Response> {
  if (answer.status !== 200) throw new Error(`the provider answered with ${answer.status}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > LARGEST_SET) throw new Error('the answer is too large for a set of keys');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const set: unknown = JSON.parse(text);
  if (typeof set !== 'object' || set === null || !('keys' in set) || !Array.isArray(set.keys)) {
    throw new Error('the answer is no set of keys');
  }
  return new Response(text, { headers: { 'Content-Type': 'application/json' } });
}
