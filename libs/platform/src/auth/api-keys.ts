import { hash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
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
/**
 * How long what was read of a key is believed from when it was asked for, in milliseconds: the answer may be as old as that.
 * A key that another process deleted is refused after five seconds at the latest, of which one is left for a request that
 * was on its way; one that this process deleted, at once.
 */
const REMEMBERED = 4_000;
/** Ids are never used again, so that a key is deleted for ever, however long a read or a removal takes. */
const FOR_EVER = 0;

type StoredKey = ApiKey & { readonly hash: string };

/**
 * API keys: `kl_<id>_<256 random bits>`. Only SHA-256 of the random part is stored: nothing that is guessed hashes to it,
 * so no slower hash is needed. A key is found by its id, and its hash compared in constant time.
 */
export class ApiKeys {
  /** `deleted` outlasts the reads that were under way when a key was deleted. */
  readonly #known = new LRUCache<string, StoredKey | 'deleted'>({ max: 10_000, ttl: REMEMBERED });

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
    this.#refuse(id);
    try {
      const wasThere = await this.store.remove(KIND, id);
      // Another call for the same key may have failed meanwhile, and taken the mark away.
      this.#refuse(id);
      return wasThere;
    } catch (error) {
      this.#known.delete(id);
      throw error;
    }
  }

  /** Whose key this is; `undefined` for what is none, or none any more. */
  async principalOf(token: string): Promise<Principal | undefined> {
    const [, id, secret] = TOKEN.exec(token) ?? [];
    if (id === undefined || secret === undefined) return this.#admin(token);
    const known = this.#known.get(id) ?? (await this.#load(id));
    if (known === undefined || known === 'deleted' || !equal(known.hash, hashOf(secret)) || !isRole(known.role))
      return undefined;
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
    try {
      if (await this.claimAdminKey(key)) return;
      await this.store.remove(ADMIN_KIND, ADMIN_ID);
      await this.claimAdminKey(key);
    } finally {
      // Reads that are under way put what they bring into the one that nobody looks at any more.
      this.#adminHash = rememberedHash();
    }
  }

  async hasAdminKey(): Promise<boolean> {
    return (await this.store.get(ADMIN_KIND, ADMIN_ID)) !== undefined;
  }

  #adminHash = rememberedHash();

  async #admin(token: string): Promise<Principal | undefined> {
    const remembered = this.#adminHash;
    let stored = remembered.get(ADMIN_ID);
    if (stored === undefined) {
      const start = performance.now();
      stored = await this.store.get(ADMIN_KIND, ADMIN_ID);
      if (stored === undefined) return undefined;
      remembered.set(ADMIN_ID, stored, { start });
    }
    return equal(stored, hashOf(token)) ? { actor: 'admin', role: 'admin' } : undefined;
  }

  #refuse(id: string): void {
    this.#known.set(id, 'deleted', { ttl: FOR_EVER });
  }

  async #load(id: string) {
    const start = performance.now();
    const value = await this.store.get(KIND, id);
    if (value === undefined) return undefined;
    const known: StoredKey = JSON.parse(value);
    if (this.#known.get(id) === 'deleted') return undefined;
    this.#known.set(id, known, { start });
    return known;
  }
}

/** Whether a token has the form of a key with 256 random bits, which nobody can guess. */
export function isRandomKey(token: string): boolean {
  return TOKEN.test(token);
}

function rememberedHash(): LRUCache<string, string> {
  return new LRUCache({ max: 1, ttl: REMEMBERED });
}

function described(stored: string): ApiKey {
  const { hash: _, ...apiKey }: StoredKey = JSON.parse(stored);
  return apiKey;
}

function hashOf(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

function equal(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
