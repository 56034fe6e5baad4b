import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsIn, IsOptional } from 'class-validator';
import { formatDate, formatInstant } from '#calendar';
import type { Document, Filter, JsonValue, ReadStore, Sort } from '#event-sourcing';
import {
  ACCOUNT_DIRECTORY,
  type AccountDirectory,
  badParameter,
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
  type Reader,
  storedList,
} from '#platform';
import { stageTransitionsProjection } from './projections/stage-transitions.projection.js';
import { STAGES, type Stage } from './relationship.events.js';

export class StageTransitionsParameters extends ListParameters {
  @IsOptional()
  @IsIdentifier()
  accountId?: string;

  /** The stage that was left. */
  @IsOptional()
  @IsIn([...STAGES])
  from?: Stage;

  /** The stage that was entered. */
  @IsOptional()
  @IsIn([...STAGES])
  to?: Stage;

  /** On this day or later. */
  @IsOptional()
  @IsDate()
  since?: string;

  /** On this day or earlier. */
  @IsOptional()
  @IsDate()
  until?: string;
}

/** One transition of an account. */
export interface StageTransition {
  readonly accountId: string;
  readonly from: Stage;
  readonly to: Stage;
  /** Instants: UTC, milliseconds. */
  readonly at: string;
  readonly recordedAt: string;
  /** Whole days, by the ledger's calendar, since `from` was entered; for the first stage since the account's earliest fact. */
  readonly daysInFrom: number;
  readonly reason: string | null;
  readonly evidence: string | null;
  readonly override: boolean;
  /** The guards that an override passed over. */
  readonly unmet: JsonValue;
  readonly actor: string;
  /** Opaque: the transition's place in the log. */
  readonly position: string;
}

const COLUMNS = [
  'accountId',
  'from',
  'to',
  'at',
  'recordedAt',
  'daysInFrom',
  'reason',
  'evidence',
  'override',
  'unmet',
  'actor',
  'position',
];

export class StageTransitionsQuery extends ListQuery<StageTransitionsParameters, StageTransition> {}

export const stageTransitions = defineQuery({
  summary: 'Transitions between stages of the relationship, newest first',
  permission: 'read-models',
  parameters: StageTransitionsParameters,
  query: StageTransitionsQuery,
  form: 'list',
  example: {
    accountId: 'acme',
    from: 'exploratory',
    to: 'cooperative',
    at: '2026-03-31T10:00:00.000Z',
    recordedAt: '2026-04-01T01:12:45.301Z',
    daysInFrom: 213,
    reason: null,
    evidence: 'Fourth order in a row, on their own initiative',
    override: false,
    unmet: [],
    actor: 'li.wei',
    position: '4711',
  },
});

const NEWEST_FIRST: readonly Sort[] = [
  { field: 'at', direction: 'desc' },
  { field: 'position', direction: 'desc' },
];

@QueryHandler(StageTransitionsQuery)
export class StageTransitionsHandler implements IQueryHandler<StageTransitionsQuery> {
  constructor(
    @Inject(READ_STORE) private readonly readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
    @Inject(ACCOUNT_DIRECTORY) private readonly accounts: AccountDirectory,
  ) {}

  /** @throws Problem 400 when `until` lies before `since` */
  async execute({ parameters, reader }: StageTransitionsQuery): Promise<ListAnswer<StageTransition>> {
    const order = {
      filter: this.filterOf(parameters, reader),
      sort: NEWEST_FIRST,
      asOf: parameters.until ?? formatDate(this.today(reader)),
      columns: COLUMNS,
    };
    const { collection } = stageTransitionsProjection(this.settings);
    return storedList(this.readStore, collection, order, (row) => this.transitionOf(row, reader));
  }

  private filterOf({ accountId, from, to, since, until }: StageTransitionsParameters, reader: Reader): Filter {
    if (since !== undefined && until !== undefined && until < since) {
      throw badParameter('until', 'before-since', `must not lie before since, ${since}`);
    }
    const { calendar } = this.settings;
    const [first, last] = [dayGiven(since), dayGiven(until)];
    const dated = {
      ...(first !== undefined && { gte: formatInstant(calendar.startOfDay(first)) }),
      ...(last !== undefined && { lte: formatInstant(calendar.endOfDay(last)) }),
    };
    return {
      ...accountFilter(accountId, reader),
      ...(from !== undefined && { from: { eq: from } }),
      ...(to !== undefined && { to: { eq: to } }),
      ...(Object.keys(dated).length > 0 && { at: dated }),
    };
  }

  private async transitionOf(row: Document, reader: Reader): Promise<StageTransition> {
    return {
      accountId: String(row.accountId),
      from: row.from as Stage,
      to: row.to as Stage,
      at: String(row.at),
      recordedAt: String(row.recordedAt),
      daysInFrom: row.daysInFrom === null ? await this.daysSinceFirstFact(row, reader) : Number(row.daysInFrom),
      reason: row.reason as string | null,
      evidence: row.evidence as string | null,
      override: row.override === true,
      unmet: row.unmet as JsonValue,
      actor: String(row.actor),
      position: String(row.position),
    };
  }

  /** The transition itself is a fact: where the list of accounts has not caught up, nothing earlier is known. */
  private async daysSinceFirstFact({ accountId, day }: Document, reader: Reader): Promise<number> {
    // Facts may be dated up to a day ahead.
    const entry = await this.accounts.get(String(accountId), this.today(reader) + 1);
    return Math.max(0, Number(day) - (entry?.firstFactDay ?? Number(day)));
  }

  private today(reader: Reader): number {
    return this.settings.calendar.dayOfText(reader.now);
  }
}

/** Accounts that the reader may not see are left out, as if they had no transitions. */
function accountFilter(accountId: string | undefined, { accounts }: Reader): Filter {
  if (accounts === undefined) return accountId === undefined ? {} : { accountId: { eq: accountId } };
  const visible = accountId === undefined ? [...accounts] : accounts.has(accountId) ? [accountId] : [];
  return { accountId: { in: visible } };
}
