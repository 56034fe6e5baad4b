import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { KeyedStore } from '#event-sourcing';
import { isRole, type Role } from './permissions.js';
import type { Principal } from './principal.js';

/** An API key as it may be shown: without its secret. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly member?: string;
  /** Instant. */
  readonly createdAt: string;
}

const KIND = 'api-key';
const ADMIN_KIND = 'admin-key';
const ADMIN_ID = 'admin';
const TOKEN = /^kl_([0-9a-f-]{36})_([A-Za-z0-9_-]{43})$/;
/** A key that was deleted by another process is refused after so long, in milliseconds. */
const REMEMBERED = 5_000;

/**
 * API keys: `kl_<id>_<256 random bits>`. Only SHA-256 of the random part is stored: nothing that is guessed hashes to it,
 * so no slower hash is needed.
 */
export class ApiKeys {
  readonly #known = new LRUCache<string, ApiKey & { readonly hash: string }>({ max: 10_000, ttl: REMEMBERED });

  constructor(private readonly store: KeyedStore) {}

  /** @returns the key's description and the key itself, which is shown this once */
  async create(
    key: Pick<ApiKey, 'name' | 'role' | 'member'>,
    createdAt: string,
  ): Promise<{ apiKey: ApiKey; key: string }> {
    const apiKey: ApiKey = { id: randomUUID(), ...key, createdAt };
    const secret = randomBytes(32).toString('base64url');
    await this.store.putIfAbsent(KIND, apiKey.id, JSON.stringify({ ...apiKey, hash: hashOf(secret) }));
    return { apiKey, key: `kl_${apiKey.id}_${secret}` };
  }

  async list(): Promise<ApiKey[]> {
    const entries = await this.store.list(KIND);
    return entries.map(({ value }) => described(value));
  }

  async get(id: string): Promise<ApiKey | undefined> {
    const value = await this.store.get(KIND, id);
    return value === undefined ? undefined : described(value);
  }

  /** Whether there was one. */
  async delete(id: string): Promise<boolean> {
    this.#known.delete(id);
    return this.store.remove(KIND, id);
  }

  /** Whose key this is; `undefined` for what is none, or none any more. */
  async principalOf(token: string): Promise<Principal | undefined> {
    const [, id, secret] = TOKEN.exec(token) ?? [];
    if (id === undefined || secret === undefined) return this.#admin(token);
    const known = this.#known.get(id) ?? (await this.#load(id));
    if (known === undefined || !equal(known.hash, hashOf(secret)) || !isRole(known.role)) return undefined;
    const { role, member } = known;
    return member === undefined ? { actor: id, role } : { actor: id, role, member };
  }

  /**
   * Makes this the admin's key if the ledger has none.
   * @returns whether it is the admin's key now
   */
  async claimAdminKey(key: string): Promise<boolean> {
    return equal(await this.store.putIfAbsent(ADMIN_KIND, ADMIN_ID, hashOf(key)), hashOf(key));
  }

  /** The admin's key from now on. */
  async setAdminKey(key: string): Promise<void> {
    if (await this.claimAdminKey(key)) return;
    await this.store.remove(ADMIN_KIND, ADMIN_ID);
    await this.claimAdminKey(key);
  }

  async hasAdminKey(): Promise<boolean> {
    return (await this.store.get(ADMIN_KIND, ADMIN_ID)) !== undefined;
  }

  readonly #adminHash = new LRUCache<string, string>({ max: 1, ttl: REMEMBERED });

  async #admin(token: string): Promise<Principal | undefined> {
    let hash = this.#adminHash.get(ADMIN_ID);
    if (hash === undefined) {
      hash = await this.store.get(ADMIN_KIND, ADMIN_ID);
      if (hash === undefined) return undefined;
      this.#adminHash.set(ADMIN_ID, hash);
    }
    return equal(hash, hashOf(token)) ? { actor: 'admin', role: 'admin' } : undefined;
  }

  async #load(id: string) {
    const value = await this.store.get(KIND, id);
    if (value === undefined) return undefined;
    const known: ApiKey & { readonly hash: string } = JSON.parse(value);
    this.#known.set(id, known);
    return known;
  }
}

function described(stored: string): ApiKey {
  const { hash: _, ...apiKey } = JSON.parse(stored);
  return apiKey;
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

function equal(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
