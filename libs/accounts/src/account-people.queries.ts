import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsIn, IsOptional } from 'class-validator';
import { formatDate } from '#calendar';
import type { Document, ReadStore } from '#event-sourcing';
import {
  dayAskedFor,
  defineQuery,
  IsDate,
  IsIdentifier,
  LEDGER_SETTINGS,
  type LedgerSettings,
  type ListAnswer,
  ListParameters,
  ListQuery,
  PERSONAL_DATA,
  type PersonalData,
  READ_STORE,
  wholeList,
} from '#platform';
import { accountOn } from './account-portrait.queries.js';
import type { BuyingRole } from './accounts.events.js';
import { BUYING_ROLES } from './add-contact.js';
import { type ContactDocument, contactBefore } from './contact-document.js';
import { type OpenedContact, openedContact } from './opened-contact.js';
import { CONTACTS } from './projections/contacts.projection.js';
import { type HeldRole, heldRoles } from './team-seats.js';
import { endOfDay } from './timeline.js';

export class AccountContactsParameters extends ListParameters {
  @IsIdentifier()
  accountId!: string;

  @IsOptional()
  @IsIn(BUYING_ROLES)
  role?: BuyingRole;

  @IsOptional()
  @IsDate()
  asOf?: string;
}

export class AccountContactsQuery extends ListQuery<AccountContactsParameters, OpenedContact> {}

export const accountContacts = defineQuery({
  summary: 'The contacts of an account, by id, those who left among them',
  permission: 'read-models',
  parameters: AccountContactsParameters,
  query: AccountContactsQuery,
  form: 'list',
  example: {
    contactId: 'con-17',
    role: 'decision-maker',
    name: 'Wang Fang',
    email: 'wang.fang@acme.example',
    phone: '+86 21 5550 0142',
    attitude: 1,
    reportsTo: null,
    preferences: 'Calls before ten, never mail.',
    addedAt: '2026-01-12T02:00:00.000Z',
    departedAt: null,
  },
});

@QueryHandler(AccountContactsQuery)
export class AccountContactsHandler implements IQueryHandler<AccountContactsQuery> {
  constructor(
    @Inject(READ_STORE) private readonly readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
    @Inject(PERSONAL_DATA) private readonly personalData: PersonalData,
  ) {}

  async execute({ parameters, reader }: AccountContactsQuery): Promise<ListAnswer<OpenedContact>> {
    const { accountId, role } = parameters;
    const day = dayAskedFor(parameters.asOf, reader, this.settings);
    await accountOn(this.readStore, accountId, day);
    const end = endOfDay(this.settings.calendar, day);
    const documents: Document[] = await this.readStore.find(CONTACTS.name, {
      filter: { accountId: { eq: accountId } },
    });
    const known = (documents as ContactDocument[])
      .flatMap((document) => contactBefore(document, end) ?? [])
      .filter((contact) => role === undefined || contact.role === role);
    return {
      asOf: formatDate(day),
      cursor: [{ type: 'text' }],
      page: async (after, limit) => {
        const behind = known.filter(({ contactId }) => contactId > String(after?.[0] ?? ''));
        const page = behind.slice(0, limit);
        return {
          items: await Promise.all(page.map((document) => openedContact(document, this.personalData))),
          ...(behind.length > limit ? { next: [page.at(-1)?.contactId ?? ''] } : {}),
        };
      },
    };
  }
}

export class AccountTeamParameters extends ListParameters {
  @IsIdentifier()
  accountId!: string;

  @IsOptional()
  @IsDate()
  asOf?: string;
}

export class AccountTeamQuery extends ListQuery<AccountTeamParameters, HeldRole> {}

export const accountTeam = defineQuery({
  summary: 'Who looks after an account, a line a member and role',
  permission: 'read-models',
  parameters: AccountTeamParameters,
  query: AccountTeamQuery,
  form: 'list',
  example: { member: 'li-na', role: 'key-account-manager', since: '2026-01-05T01:00:00.000Z' },
});

@QueryHandler(AccountTeamQuery)
export class AccountTeamHandler implements IQueryHandler<AccountTeamQuery> {
  constructor(
    @Inject(READ_STORE) private readonly readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
  ) {}

  async execute({ parameters, reader }: AccountTeamQuery): Promise<ListAnswer<HeldRole>> {
    const day = dayAskedFor(parameters.asOf, reader, this.settings);
    const account = await accountOn(this.readStore, parameters.accountId, day);
    const held = heldRoles(account.team, endOfDay(this.settings.calendar, day));
    return wholeList(held, { asOf: formatDate(day), columns: ['member', 'role', 'since'] });
  }
}
