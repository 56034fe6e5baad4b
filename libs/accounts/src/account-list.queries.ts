import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { formatDate } from '#calendar';
import { cursorOf, type Filter, type ReadStore, type Sort } from '#event-sourcing';
import {
  type AccountFacet,
  badParameter,
  type Cursor,
  dayAskedFor,
  defineQuery,
  IsDate,
  IsIdentifier,
  IsText,
  LEDGER_SETTINGS,
  type LedgerSettings,
  type ListAnswer,
  ListParameters,
  ListQuery,
  type Page,
  PortraitRegistry,
  READ_STORE,
  type Reader,
  storedCursorForm,
  storedPage,
} from '#platform';
import { type AccountDocument, type AccountStatus, viewBefore } from './account-document.js';
import { ACCOUNTS } from './projections/accounts.projection.js';
import { endOfDay } from './timeline.js';

const SORTS = ['name', '-name', 'accountId', '-accountId', 'region', '-region'] as const;

/** Filters on facets, which other capabilities bring. */
const FACET_PARAMETERS = ['tier', 'stage', 'overdueVisit'] as const;

export class AccountListParameters extends ListParameters {
  /** Part of the name, the id or an id in another system, in whatever case. */
  @IsOptional()
  @IsText({ max: 200 })
  q?: string;

  @IsOptional()
  @IsText({ max: 64 })
  tier?: string;

  @IsOptional()
  @IsText({ max: 64 })
  stage?: string;

  @IsOptional()
  @IsText({ max: 100 })
  region?: string;

  /** The member who looks after the account now. */
  @IsOptional()
  @IsIdentifier()
  owner?: string;

  @IsOptional()
  @IsBoolean()
  overdueVisit?: boolean;

  /** Default `name`; `-` turns it round. */
  @IsOptional()
  @IsIn(SORTS)
  sort?: (typeof SORTS)[number];

  @IsOptional()
  @IsDate()
  asOf?: string;
}

/** Besides these, every facet under its key. */
export interface AccountListItem {
  readonly accountId: string;
  readonly name: string;
  readonly region: string | null;
  readonly industry: string | null;
  readonly groupId: string | null;
  readonly owner: string | null;
  readonly status: AccountStatus;
  readonly [facet: string]: string | boolean | null;
}

export class AccountListQuery extends ListQuery<AccountListParameters, AccountListItem> {}

export const accountList = defineQuery({
  summary: 'The accounts',
  permission: 'read-models',
  parameters: AccountListParameters,
  query: AccountListQuery,
  form: 'list',
  example: {
    accountId: 'acme',
    name: 'Acme Bearings Ltd.',
    region: 'north',
    industry: 'machinery',
    groupId: 'acme-group',
    owner: 'li-na',
    status: 'active',
    tier: 'key',
    stage: 'cooperative',
    overdueVisit: false,
  },
});

type FacetValues = ReadonlyMap<string, string | boolean | null>;

/** An item with its place in the list's order. */
interface Row {
  readonly cursor: Cursor;
  readonly item: AccountListItem;
}

/**
 * Lists accounts. As they are now and without a filter on a facet, the read store finds a page at a time; as of a day
 * before today, or by facet, all of them are looked at.
 */
@QueryHandler(AccountListQuery)
export class AccountListHandler implements IQueryHandler<AccountListQuery> {
  constructor(
    @Inject(READ_STORE) private readonly readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
    private readonly registry: PortraitRegistry,
  ) {}

  async execute({ parameters, reader }: AccountListQuery): Promise<ListAnswer<AccountListItem>> {
    const { facets } = this.registry;
    const day = dayAskedFor(parameters.asOf, reader, this.settings);
    const unknown = FACET_PARAMETERS.find((key) => parameters[key] !== undefined && !facets.some((f) => f.key === key));
    if (unknown !== undefined)
      throw badParameter(unknown, 'unknown-facet', 'is about something this ledger does not keep');
    const sort = sortOf(parameters);
    const byFacet = FACET_PARAMETERS.some((key) => parameters[key] !== undefined);
    const past = day < this.settings.calendar.dayOfText(reader.now);
    const pages =
      byFacet || past ? this.pagesOfAll(parameters, reader, day, sort) : this.pagesFound(parameters, reader, day, sort);
    return {
      page: pages,
      cursor: storedCursorForm(ACCOUNTS, sort),
      asOf: formatDate(day),
      columns: [
        ...['accountId', 'name', 'region', 'industry', 'groupId', 'owner', 'status'],
        ...facets.map(({ key }) => key),
      ],
    };
  }

  private pagesFound(parameters: AccountListParameters, reader: Reader, day: number, sort: readonly Sort[]) {
    const order = { filter: filterOf(parameters, reader, day), sort };
    let facetsOfAll: Promise<FacetValues[]> | undefined;
    let first = true;
    return async (after: Cursor | undefined, limit: number): Promise<Page<AccountListItem>> => {
      const { rows, next } = await storedPage(this.readStore, ACCOUNTS, order, after, limit);
      const documents = rows as readonly AccountDocument[];
      // Whoever asks for another page streams the whole list: from then on facets are loaded once for all.
      if (!first) facetsOfAll ??= this.loadFacets(day);
      const ids = documents.map(({ accountId }) => accountId);
      const values = await (facetsOfAll ?? this.loadFacets(day, ids));
      first = false;
      const items = documents.map((document) => this.item(document, values));
      return next === undefined ? { items } : { items, next };
    };
  }

  private pagesOfAll(parameters: AccountListParameters, reader: Reader, day: number, sort: readonly Sort[]) {
    let all: Promise<Row[]> | undefined;
    return async (after: Cursor | undefined, limit: number): Promise<Page<AccountListItem>> => {
      all ??= this.matching(parameters, reader, day, sort);
      const rows = await all;
      const start = after === undefined ? 0 : firstBehind(rows, after, sort);
      const page = rows.slice(start, start + limit);
      const last = start + limit < rows.length ? page.at(-1) : undefined;
      return { items: page.map(({ item }) => item), ...(last === undefined ? {} : { next: last.cursor }) };
    };
  }

  private async matching(parameters: AccountListParameters, reader: Reader, day: number, sort: readonly Sort[]) {
    const end = endOfDay(this.settings.calendar, day);
    const { region: _, ...others } = filterOf(parameters, reader, day);
    const [documents, values] = await Promise.all([
      this.readStore.find(ACCOUNTS.name, { filter: others }),
      this.loadFacets(day),
    ]);
    return documents
      .map((found): Row => {
        const document = viewBefore(found as AccountDocument, end);
        return { cursor: cursorOf(ACCOUNTS, sort, document), item: this.item(document, values) };
      })
      .filter(
        ({ item }) =>
          (parameters.region === undefined || item.region === parameters.region) &&
          FACET_PARAMETERS.every((key) => parameters[key] === undefined || item[key] === parameters[key]),
      )
      .sort((a, b) => compare(a.cursor, b.cursor, sort));
  }

  private loadFacets(day: number, accounts?: readonly string[]): Promise<FacetValues[]> {
    return Promise.all(this.registry.facets.map((facet) => facet.load(day, accounts)));
  }

  private item(document: AccountDocument, values: readonly FacetValues[]): AccountListItem {
    const { accountId, name, region, industry, groupId, owner, status } = document;
    const facets = this.registry.facets.map((facet, index) => [facet.key, facetValue(facet, values[index], accountId)]);
    return { accountId, name, region, industry, groupId, owner, status, ...Object.fromEntries(facets) };
  }
}

function facetValue(facet: AccountFacet, values: FacetValues | undefined, accountId: string) {
  const value = values?.get(accountId);
  return value === undefined ? facet.absent : value;
}

function filterOf({ q, region, owner }: AccountListParameters, reader: Reader, day: number): Filter {
  return {
    firstFactDay: { lte: BigInt(day) },
    ...(q === undefined ? {} : { search: { contains: q.toLowerCase() } }),
    ...(region === undefined ? {} : { region: { eq: region } }),
    ...(owner === undefined ? {} : { owner: { eq: owner } }),
    ...(reader.accounts === undefined ? {} : { accountId: { in: [...reader.accounts] } }),
  };
}

function sortOf({ sort = 'name' }: AccountListParameters): Sort[] {
  return sort.startsWith('-') ? [{ field: sort.slice(1), direction: 'desc' }] : [{ field: sort, direction: 'asc' }];
}

/** The index of the first of the sorted rows that lies behind the cursor. */
function firstBehind(rows: readonly Row[], cursor: Cursor, sort: readonly Sort[]): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = rows[middle];
    if (row !== undefined && compare(row.cursor, cursor, sort) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Null is below everything, as in the read store. */
function compare(a: Cursor, b: Cursor, sort: readonly Sort[]): number {
  for (let index = 0; index < a.length; index++) {
    const [own, other] = [a[index] ?? '', b[index] ?? ''];
    if (own !== other) return (own < other ? -1 : 1) * (sort[index]?.direction === 'desc' ? -1 : 1);
  }
  return 0;
}
