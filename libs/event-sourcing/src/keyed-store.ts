/**
 * Small things that are neither facts nor read models and that no rebuild may lose: persons' encryption keys and the
 * hashes of API keys. Shared by all processes of a ledger.
 * Every method @throws StoreUnavailable when the store cannot be reached.
 */
export interface KeyedStore {
  /** Stores the value unless one is there, durably, and gives the one that is there then. */
  putIfAbsent(kind: string, id: string, value: string): Promise<string>;
  get(kind: string, id: string): Promise<string | undefined>;
  /** Every entry of the kind, by id. */
  list(kind: string): Promise<{ id: string; value: string }[]>;
  /** The kinds that have an entry, in ascending order of their bytes. */
  kinds(): Promise<string[]>;
  /** Destroys the entry for good; whether there was one. */
  remove(kind: string, id: string): Promise<boolean>;
  close(): Promise<void>;
}
