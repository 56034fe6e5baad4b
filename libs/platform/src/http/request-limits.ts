import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Principal } from '../auth/principal.js';
import { Problem } from '../problems/problem.js';

export interface RequestLimitsOptions {
  /** Refused credentials a minute from one address (IPv6: one /64), above which no more are looked at. */
  readonly failures: number;
  /** Requests a minute with one API key or by one subject of tokens; left out: any number. */
  readonly requests?: number;
}

type Limiter = ReturnType<FastifyInstance['createRateLimit']>;

const MINUTE = 60_000;

/**
 * Bounds how often one address may guess, and how much one key may ask, each minute and in this process. 5,000 addresses
 * and 5,000 keys are counted at a time (the library's bound); those longest not seen are forgotten first.
 */
export class RequestLimits {
  #failures: Limiter | undefined;
  #requests: Limiter | undefined;
  /** Spares requests the look at the counts as long as nobody was refused. */
  #refusedAny = false;

  constructor(private readonly options: RequestLimitsOptions) {}

  /** To be called once, before the server takes requests. */
  async register(http: FastifyInstance): Promise<void> {
    const { failures, requests } = this.options;
    await http.register(rateLimit, { global: false, timeWindow: MINUTE });
    this.#failures = http.createRateLimit({ max: failures, keyGenerator: addressOf });
    if (requests === undefined) return;
    const keyGenerator = (request: FastifyRequest) => (request as CountedRequest).countedActor ?? '';
    this.#requests = http.createRateLimit({ max: requests, keyGenerator });
  }

  /** Before credentials that could be guessed are looked at. @throws Problem 429 */
  async beforeTry(request: FastifyRequest): Promise<void> {
    if (this.#refusedAny) await refuseAbove(this.#failures, request, { increment: false });
  }

  /** Counts credentials that were refused. @throws Problem 429 */
  async refused(request: FastifyRequest): Promise<void> {
    this.#refusedAny = true;
    await refuseAbove(this.#failures, request);
  }

  /** Counts a request of somebody known. @throws Problem 429 */
  async used(request: FastifyRequest, { actor }: Principal): Promise<void> {
    if (this.#requests === undefined) return;
    (request as CountedRequest).countedActor = actor;
    await refuseAbove(this.#requests, request);
  }
}

/** An IPv4 address, or the /64 that an IPv6 address is of. */
function addressOf({ ip }: { readonly ip: string | undefined }): string {
  // A client that has gone has no address any more.
  return ip === undefined ? 'gone' : normalizeIP(ip);
}

interface CountedRequest extends FastifyRequest {
  countedActor?: string;
}

async function refuseAbove(
  limiter: Limiter | undefined,
  request: FastifyRequest,
  how?: { readonly increment: boolean },
): Promise<void> {
  const count = await limiter?.(request, how);
  if (count === undefined || count.isAllowed) return;
  const reached = how?.increment === false ? count.remaining === 0 : count.isExceeded;
  if (!reached) return;
  throw new Problem(429, 'rate-limited', 'There were too many requests; try again later.', {
    headers: { 'Retry-After': String(Math.max(1, count.ttlInSeconds)) },
  });
}
