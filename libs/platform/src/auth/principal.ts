import type { Role } from './permissions.js';

/** Who sends a request. */
export interface Principal {
  /** Id of the API key, or the subject of the token. */
  readonly actor: string;
  readonly role: Role;
  /** The member of accounts' teams that the key belongs to. */
  readonly member?: string;
}
