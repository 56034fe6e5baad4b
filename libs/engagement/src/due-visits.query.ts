import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsBoolean, IsOptional } from 'class-validator';
import { formatDate } from '#calendar';
import type { ReadStore } from '#event-sourcing';
import {
  ACCOUNT_DIRECTORY,
  type AccountDirectory,
  dayAskedFor,
  dayGiven,
  defineQuery,
  IsDate,
  IsIdentifier,
  LEDGER_SETTINGS,
  type LedgerSettings,
  type ListAnswer,
  ListParameters,
  ListQuery,
  READ_STORE,
  sees,
  wholeList,
} from '#platform';
import { VisitCalendar } from './visit-calendar.js';

export class DueVisitsParameters extends ListParameters {
  /** The day from which it is seen, in the ledger's zone; default: today. It may lie in the past. */
  @IsOptional()
  @IsDate()
  asOf?: string;

  /** The last due day to be listed; default: `asOf`. */
  @IsOptional()
  @IsDate()
  until?: string;

  /** Only accounts that this member looks after. */
  @IsOptional()
  @IsIdentifier()
  owner?: string;

  /** `true`: only overdue ones; `false`: only those that are not. */
  @IsOptional()
  @IsBoolean()
  overdue?: boolean;
}

export interface DueVisit {
  readonly accountId: string;
  readonly name: string;
  readonly owner: string | null;
  readonly lastVisitAt: string | null;
  readonly dueOn: string;
  readonly overdueOn: string;
  readonly overdue: boolean;
  readonly daysOverdue: number;
}

export class DueVisitsQuery extends ListQuery<DueVisitsParameters, DueVisit> {}

export const dueVisits = defineQuery({
  summary: 'Visits that are due up to a day, the longest due first, as seen from any day',
  permission: 'read-models',
  parameters: DueVisitsParameters,
  query: DueVisitsQuery,
  form: 'list',
  example: {
    accountId: 'acme',
    name: 'Acme Pumps',
    owner: 'li-na',
    lastVisitAt: '2026-01-15T02:00:00.000Z',
    dueOn: '2026-04-15',
    overdueOn: '2026-04-23',
    overdue: true,
    daysOverdue: 3,
  },
});

@QueryHandler(DueVisitsQuery)
export class DueVisitsHandler implements IQueryHandler<DueVisitsQuery> {
  private readonly visits: VisitCalendar;

  constructor(
    @Inject(READ_STORE) readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
    @Inject(ACCOUNT_DIRECTORY) private readonly directory: AccountDirectory,
  ) {
    this.visits = new VisitCalendar(readStore, settings);
  }

  async execute({ parameters, reader }: DueVisitsQuery): Promise<ListAnswer<DueVisit>> {
    const asOf = dayAskedFor(parameters.asOf, reader, this.settings);
    const until = dayGiven(parameters.until) ?? asOf;
    const { owner, overdue } = parameters;
    const [standings, accounts] = await Promise.all([
      this.visits.all(asOf, reader.accounts === undefined ? undefined : [...reader.accounts]),
      this.directory.all(asOf),
    ]);
    const entries = new Map(accounts.map((entry) => [entry.accountId, entry]));
    const items = standings
      .flatMap(({ accountId, lastVisitAt, due }) => {
        if (due === null || due.dueOn > until || !sees(reader, accountId)) return [];
        if (overdue !== undefined && due.overdue !== overdue) return [];
        // The read model of the accounts may be an instant behind: the account is then shown under its id.
        const entry = entries.get(accountId) ?? { name: accountId, owner: null };
        if (owner !== undefined && entry.owner !== owner) return [];
        return [{ accountId, name: entry.name, owner: entry.owner, lastVisitAt, due }];
      })
      .sort((a, b) => a.due.dueOn - b.due.dueOn || (a.accountId < b.accountId ? -1 : 1))
      .map(({ due, ...account }) => ({
        ...account,
        dueOn: formatDate(due.dueOn),
        overdueOn: formatDate(due.overdueOn),
        overdue: due.overdue,
        daysOverdue: due.daysOverdue,
      }));
    return wholeList(items, { asOf: formatDate(asOf), columns: Object.keys(dueVisits.example) });
  }
}
