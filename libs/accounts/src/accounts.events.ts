import type { DomainEvent, EventTypes, JsonValue } from '#event-sourcing';

export const ACCOUNT_REGISTERED = 'account-registered.v1';
export const ACCOUNT_PROFILE_CORRECTED = 'account-profile-corrected.v1';
export const ACCOUNT_GROUP_JOINED = 'account-group-joined.v1';
export const ACCOUNT_GROUP_LEFT = 'account-group-left.v1';
export const ACCOUNT_LOST = 'account-lost.v1';
export const ACCOUNT_RECOVERED = 'account-recovered.v1';
export const CONTACT_ADDED = 'contact-added.v1';
export const CONTACT_CHANGED = 'contact-changed.v1';
export const CONTACT_DEPARTED = 'contact-departed.v1';
export const MEMBER_ASSIGNED = 'member-assigned.v1';
export const MEMBER_RELEASED = 'member-released.v1';

/** What a contact is to a purchase. */
export type BuyingRole = 'decision-maker' | 'influencer' | 'purchaser' | 'user' | 'approver' | 'sponsor';

/** What a member of a team does for the account. */
export type TeamRole = 'key-account-manager' | 'sales' | 'after-sales' | 'technical-adviser';

/** The fields of a profile that are corrected one by one. */
export type ProfileField = 'name' | 'industry' | 'region' | 'externalIds' | 'tags';

/** The first event of an account's stream. What it states holds since ever, not only from its date on. */
export type AccountRegisteredData = {
  readonly accountId: string;
  readonly name: string;
  /** The name is a stand-in (the id) until something names the account: until the first correction of the name. */
  readonly provisional: boolean;
  readonly industry?: string;
  readonly region?: string;
  /** Ids in other systems, by their names. */
  readonly externalIds?: Readonly<Record<string, string>>;
  /** Sorted, without duplicates. */
  readonly tags?: readonly string[];
  /** Its corporate group. */
  readonly groupId?: string;
};

/**
 * A field has another value from this date on; a value that was unknown until then is taken to have been so all along.
 * `from` and `to` are null where there is none. Two are special: a correction of the name (also to the same text) ends its
 * being provisional, and one of `groupId`, which a late registration makes, changes what the first registration had said.
 */
export type AccountProfileCorrectedData = {
  readonly field: ProfileField | 'groupId';
  readonly from: JsonValue;
  readonly to: JsonValue;
  readonly reason: string;
};

export type AccountGroupJoinedData = {
  readonly groupId: string;
  readonly reason?: string;
};

export type AccountGroupLeftData = {
  readonly groupId: string;
  readonly reason?: string;
};

export type AccountLostData = {
  readonly reason: string;
  /** To whom. */
  readonly competitor?: string;
};

export type AccountRecoveredData = {
  readonly reason: string;
  /** From whom. */
  readonly competitor?: string;
};

/** `name`, `email`, `phone` and `preferences` are ciphertext under the contact's own key. */
export type ContactAddedData = {
  readonly contactId: string;
  readonly role: BuyingRole;
  readonly name: string;
  readonly email?: string;
  readonly phone?: string;
  /** −2 (against us) to 2 (for us). */
  readonly attitude?: number;
  /** Another contact of the account. */
  readonly reportsTo?: string;
  readonly preferences?: string;
};

/** Only what changed; null: it has none any more. */
export type ContactChangedData = {
  readonly contactId: string;
  readonly role?: BuyingRole;
  readonly name?: string;
  readonly email?: string | null;
  readonly phone?: string | null;
  readonly attitude?: number | null;
  readonly reportsTo?: string | null;
  readonly preferences?: string | null;
};

export type ContactDepartedData = {
  readonly contactId: string;
};

export type MemberAssignedData = {
  readonly member: string;
  readonly role: TeamRole;
};

export type MemberReleasedData = {
  readonly member: string;
  readonly role: TeamRole;
  /** What was handed over, and to whom. */
  readonly handOver?: string;
};

export type AccountRegistered = DomainEvent<typeof ACCOUNT_REGISTERED, AccountRegisteredData>;
export type AccountProfileCorrected = DomainEvent<typeof ACCOUNT_PROFILE_CORRECTED, AccountProfileCorrectedData>;
export type AccountGroupJoined = DomainEvent<typeof ACCOUNT_GROUP_JOINED, AccountGroupJoinedData>;
export type AccountGroupLeft = DomainEvent<typeof ACCOUNT_GROUP_LEFT, AccountGroupLeftData>;
export type AccountLost = DomainEvent<typeof ACCOUNT_LOST, AccountLostData>;
export type AccountRecovered = DomainEvent<typeof ACCOUNT_RECOVERED, AccountRecoveredData>;
export type ContactAdded = DomainEvent<typeof CONTACT_ADDED, ContactAddedData>;
export type ContactChanged = DomainEvent<typeof CONTACT_CHANGED, ContactChangedData>;
export type ContactDeparted = DomainEvent<typeof CONTACT_DEPARTED, ContactDepartedData>;
export type MemberAssigned = DomainEvent<typeof MEMBER_ASSIGNED, MemberAssignedData>;
export type MemberReleased = DomainEvent<typeof MEMBER_RELEASED, MemberReleasedData>;

export type AccountsEvent =
  | AccountRegistered
  | AccountProfileCorrected
  | AccountGroupJoined
  | AccountGroupLeft
  | AccountLost
  | AccountRecovered
  | ContactAdded
  | ContactChanged
  | ContactDeparted
  | MemberAssigned
  | MemberReleased;

export const accountsEvents: EventTypes = {
  types: [
    ACCOUNT_REGISTERED,
    ACCOUNT_PROFILE_CORRECTED,
    ACCOUNT_GROUP_JOINED,
    ACCOUNT_GROUP_LEFT,
    ACCOUNT_LOST,
    ACCOUNT_RECOVERED,
    CONTACT_ADDED,
    CONTACT_CHANGED,
    CONTACT_DEPARTED,
    MEMBER_ASSIGNED,
    MEMBER_RELEASED,
  ],
};
