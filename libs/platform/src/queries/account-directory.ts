/** What other capabilities may know of an account. */
export interface AccountEntry {
  readonly accountId: string;
  readonly name: string;
  readonly region: string | null;
  readonly industry: string | null;
  /** The corporate group it belongs to on the day asked for. */
  readonly groupId: string | null;
  /** Its key-account manager, else the first of its sales team; null: nobody. */
  readonly owner: string | null;
  /** Day number of its earliest fact. */
  readonly firstFactDay: number;
}

/** The accounts of the ledger, as the accounts capability's read models have them. Injected by {@link ACCOUNT_DIRECTORY}. */
export interface AccountDirectory {
  /** Every account with a fact on or before the day (a day number), by id ascending by code unit. */
  all(asOf: number): Promise<readonly AccountEntry[]>;
  get(accountId: string, asOf: number): Promise<AccountEntry | undefined>;
  /** The accounts whose team holds the member now. */
  ofMember(member: string): Promise<ReadonlySet<string>>;
}

/**
 * Which accounts have changed, for what is kept in memory of all of them. Injected by {@link ACCOUNT_CHANGES}.
 */
export interface AccountChanges {
  /** The accounts with an event behind the position, in no order; `undefined`: they are more than so many. */
  changedAfter(position: bigint, limit: number): Promise<readonly string[] | undefined>;
  /** Those of the accounts that have a fact on or before the day (a day number), in no order. */
  entries(accountIds: readonly string[], asOf: number): Promise<readonly AccountEntry[]>;
}

/** Nest injection token of the {@link AccountDirectory}. */
export const ACCOUNT_DIRECTORY = Symbol('AccountDirectory');

/** Nest injection token of the {@link AccountChanges}. */
export const ACCOUNT_CHANGES = Symbol('AccountChanges');
