import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsOptional } from 'class-validator';
import { formatDate } from '#calendar';
import type { JsonValue, ReadStore } from '#event-sourcing';
import {
  dayAskedFor,
  defineQuery,
  IsDate,
  IsIdentifier,
  LEDGER_SETTINGS,
  LedgerQuery,
  type LedgerSettings,
  notFound,
  PERSONAL_DATA,
  type PersonalData,
  PortraitRegistry,
  type Problem,
  READ_STORE,
} from '#platform';
import {
  type Account,
  type AccountDocument,
  type AccountStatus,
  accountOf,
  timelineOf,
  viewBefore,
} from './account-document.js';
import { type BuyingCentre, buyingCentre } from './buying-centre.js';
import { type ContactDocument, contactBefore } from './contact-document.js';
import { type OpenedContact, openedContact } from './opened-contact.js';
import { ACCOUNT_ACTIVITY } from './projections/account-activity.projection.js';
import { ACCOUNTS } from './projections/accounts.projection.js';
import { CONTACTS } from './projections/contacts.projection.js';
import { type HeldRole, heldRoles } from './team-seats.js';
import { endOfDay, SINCE_EVER } from './timeline.js';

export class AccountPortraitParameters {
  @IsIdentifier()
  accountId!: string;

  @IsOptional()
  @IsDate()
  asOf?: string;
}

/** Besides these, what other capabilities know of the account, each under a key of its own. */
export interface AccountPortrait {
  readonly accountId: string;
  /** Name, industry, region, group and status as of the day, as far as it is known today. */
  readonly name: string;
  readonly industry: string | null;
  readonly region: string | null;
  readonly groupId: string | null;
  readonly status: AccountStatus;
  readonly externalIds: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  /** The name stands in for one that nobody told yet. */
  readonly provisional: boolean;
  /** Who looks after the account now: its key-account manager, else the first of its sales team. */
  readonly owner: string | null;
  /** Corporate groups by the instant of joining, null since leaving; `since` is null for what it was registered with. */
  readonly groupHistory: readonly { readonly groupId: string | null; readonly since: string | null }[];
  /** As of the day. */
  readonly team: readonly HeldRole[];
  /** As of the day; those who left stay in it. */
  readonly contacts: readonly OpenedContact[];
  readonly buyingCentre: BuyingCentre;
  /** Dates of the earliest and the latest fact, as far as it is known today. */
  readonly firstFactOn: string;
  readonly lastFactOn: string;
  /** Of the newest event in it; what `If-Match` takes. */
  readonly revision: number;
  readonly asOf: string;
}

export class AccountPortraitQuery extends LedgerQuery<AccountPortraitParameters, object> {}

export const accountPortrait = defineQuery({
  summary: 'All about one account',
  permission: 'read-models',
  parameters: AccountPortraitParameters,
  query: AccountPortraitQuery,
  form: 'object',
  example: {
    accountId: 'acme',
    name: 'Acme Bearings Ltd.',
    provisional: false,
    industry: 'machinery',
    region: 'north',
    externalIds: { erp: '100482' },
    tags: ['export'],
    groupId: 'acme-group',
    groupHistory: [{ groupId: 'acme-group', since: null }],
    status: 'active',
    owner: 'li-na',
    team: [{ member: 'li-na', role: 'key-account-manager', since: '2026-01-05T01:00:00.000Z' }],
    contacts: [
      {
        contactId: 'con-17',
        role: 'decision-maker',
        name: 'Wang Fang',
        email: 'wang.fang@acme.example',
        phone: null,
        attitude: 1,
        reportsTo: null,
        preferences: null,
        addedAt: '2026-01-12T02:00:00.000Z',
        departedAt: null,
      },
    ],
    buyingCentre: {
      roles: { sponsor: [], 'decision-maker': ['con-17'], approver: [], influencer: [], purchaser: [], user: [] },
      gaps: [{ gap: 'no-executive-sponsor' }],
    },
    firstFactOn: '2026-01-05',
    lastFactOn: '2026-03-14',
    revision: 41,
    asOf: '2026-03-15',
  },
});

@QueryHandler(AccountPortraitQuery)
export class AccountPortraitHandler implements IQueryHandler<AccountPortraitQuery> {
  constructor(
    @Inject(READ_STORE) private readonly readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
    @Inject(PERSONAL_DATA) private readonly personalData: PersonalData,
    private readonly registry: PortraitRegistry,
  ) {}

  async execute({ parameters, reader }: AccountPortraitQuery): Promise<object> {
    const { accountId } = parameters;
    const day = dayAskedFor(parameters.asOf, reader, this.settings);
    // First, so that the revision is never newer than what is shown beside it, and If-Match with it is safe.
    const activity = await this.activity(accountId);
    const account = await accountOn(this.readStore, accountId, day);
    const end = endOfDay(this.settings.calendar, day);
    const { parts } = this.registry;
    const [contacts, ...loaded] = await Promise.all([
      this.contacts(accountId, end),
      ...parts.map((part) => part.load(accountId, day, reader)),
    ]);
    const portrait: AccountPortrait = {
      accountId,
      ...profileOf(account, end),
      groupHistory: groupHistory(account, end),
      owner: account.owner,
      team: heldRoles(account.team, end),
      contacts,
      buyingCentre: buyingCentre(contacts.map((each) => ({ ...each, departed: each.departedAt !== null }))),
      firstFactOn: formatDate(Number(account.firstFactDay)),
      ...activity,
      asOf: formatDate(day),
    };
    const others = parts.map(({ key }, index): [string, JsonValue] => [key, loaded[index] ?? null]);
    // The profile is read first, and no part may take the place of a member of it.
    return { ...portrait, ...Object.fromEntries(others), ...portrait };
  }

  private async contacts(accountId: string, end: string): Promise<OpenedContact[]> {
    const documents = await this.readStore.find(CONTACTS.name, { filter: { accountId: { eq: accountId } } });
    const known = (documents as ContactDocument[]).flatMap((document) => contactBefore(document, end) ?? []);
    return Promise.all(known.map((document) => openedContact(document, this.personalData)));
  }

  private async activity(accountId: string): Promise<Pick<AccountPortrait, 'lastFactOn' | 'revision'>> {
    const [stored] = await this.readStore.getMany(ACCOUNT_ACTIVITY.name, [[accountId]]);
    // Written last: an account of which the other read models hold something already is not wholly there before.
    if (stored === undefined) throw noSuchAccount(accountId);
    const { lastFactDay, revision } = stored.document;
    return { lastFactOn: formatDate(Number(lastFactDay)), revision: Number(revision) };
  }
}

/** An account that has a fact on or before the day. @throws Problem 404 where there is none */
export async function accountOn(readStore: ReadStore, accountId: string, day: number): Promise<Account> {
  const [stored] = await readStore.getMany(ACCOUNTS.name, [[accountId]]);
  const document = stored?.document as AccountDocument | undefined;
  if (document === undefined) throw noSuchAccount(accountId);
  if (document.firstFactDay > BigInt(day)) {
    throw notFound('account-not-found', `There is no fact of the account ${accountId} by ${formatDate(day)}.`);
  }
  return accountOf(document);
}

function noSuchAccount(accountId: string): Problem {
  return notFound('account-not-found', `There is no account ${accountId}.`);
}

function profileOf(account: Account, end: string) {
  const { name, provisional, industry, region, groupId, status, externalIds, tags } = viewBefore(account, end);
  return { name, provisional, industry, region, externalIds: externalIds ?? {}, tags: tags ?? [], groupId, status };
}

function groupHistory(account: Account, end: string): AccountPortrait['groupHistory'] {
  const facts = timelineOf(account, 'groupId').filter(
    ([at, groupId], index) => at < end && (index > 0 || groupId !== null),
  );
  return facts.toArray().map(([at, groupId]) => ({
    groupId: groupId as string | null,
    since: at === SINCE_EVER ? null : at,
  }));
}
