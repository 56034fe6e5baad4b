import { Inject, Injectable } from '@nestjs/common';
import type { Document, ReadStore } from '#event-sourcing';
import {
  type AccountChanges,
  type AccountDirectory,
  type AccountEntry,
  LEDGER_SETTINGS,
  type LedgerSettings,
  READ_STORE,
} from '#platform';
import { type AccountColumns, type AccountDocument, viewBefore } from './account-document.js';
import { ACCOUNT_ACTIVITY } from './projections/account-activity.projection.js';
import { ACCOUNT_TEAM } from './projections/account-team.projection.js';
import { ACCOUNTS } from './projections/accounts.projection.js';
import { endOfDay } from './timeline.js';

/** All that an entry is made of. */
const ENTRY_FIELDS = [
  'accountId',
  'name',
  'industry',
  'region',
  'groupId',
  'owner',
  'history',
  'firstFactDay',
] as const satisfies readonly (keyof AccountColumns)[];

/** So many accounts are read at once. */
const PAGE = 1_000;

type EntryColumns = Pick<AccountColumns, (typeof ENTRY_FIELDS)[number]>;

/**
 * The directory over the read models. Name, region, industry and group are those of the day asked for, the owner is who
 * looks after the account now.
 */
@Injectable()
export class ReadStoreAccountDirectory implements AccountDirectory, AccountChanges {
  constructor(
    @Inject(READ_STORE) private readonly readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
  ) {}

  async all(asOf: number): Promise<readonly AccountEntry[]> {
    const end = endOfDay(this.settings.calendar, asOf);
    const entries: AccountEntry[] = [];
    for (;;) {
      const last = entries.at(-1);
      const page = (await this.readStore.find(ACCOUNTS.name, {
        fields: ENTRY_FIELDS,
        filter: { firstFactDay: { lte: BigInt(asOf) } },
        limit: PAGE,
        ...(last !== undefined && { after: [last.accountId] }),
      })) as Document[] as EntryColumns[];
      for (const document of page) entries.push(entry(document, end));
      if (page.length < PAGE) return entries;
    }
  }

  async get(accountId: string, asOf: number): Promise<AccountEntry | undefined> {
    const [stored] = await this.readStore.getMany(ACCOUNTS.name, [[accountId]]);
    if (stored === undefined) return undefined;
    const document = stored.document as AccountDocument;
    return document.firstFactDay > BigInt(asOf) ? undefined : entry(document, endOfDay(this.settings.calendar, asOf));
  }

  async entries(accountIds: readonly string[], asOf: number): Promise<readonly AccountEntry[]> {
    const end = endOfDay(this.settings.calendar, asOf);
    const stored = await this.readStore.getMany(
      ACCOUNTS.name,
      accountIds.map((accountId) => [accountId]),
    );
    return stored.flatMap((each) => {
      const document = each?.document as AccountDocument | undefined;
      return document === undefined || document.firstFactDay > BigInt(asOf) ? [] : [entry(document, end)];
    });
  }

  async changedAfter(position: bigint, limit: number): Promise<readonly string[] | undefined> {
    const rows = await this.readStore.find(ACCOUNT_ACTIVITY.name, {
      filter: { position: { gt: position } },
      sort: [{ field: 'position', direction: 'asc' }],
      limit: limit + 1,
    });
    return rows.length > limit ? undefined : rows.map(({ accountId }) => String(accountId));
  }

  async ofMember(member: string): Promise<ReadonlySet<string>> {
    const rows = await this.readStore.find(ACCOUNT_TEAM.name, {
      filter: { member: { eq: member }, active: { eq: true } },
    });
    return new Set(rows.map(({ accountId }) => String(accountId)));
  }
}

function entry(document: EntryColumns, end: string): AccountEntry {
  const { name, region, industry, groupId } = viewBefore(document, end);
  const { accountId, owner, firstFactDay } = document;
  return { accountId, name, region, industry, groupId, owner, firstFactDay: Number(firstFactDay) };
}
