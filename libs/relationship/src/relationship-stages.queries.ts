import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsOptional } from 'class-validator';
import { addMonths, formatDate } from '#calendar';
import type { ReadStore } from '#event-sourcing';
import {
  ACCOUNT_DIRECTORY,
  type AccountDirectory,
  badParameter,
  dayAskedFor,
  dayGiven,
  defineQuery,
  IsDate,
  LEDGER_SETTINGS,
  LedgerQuery,
  type LedgerSettings,
  READ_STORE,
  type Reader,
  sees,
} from '#platform';
import { spellsEntered } from './current-stages.js';
import {
  type MatrixCell,
  type Spell,
  type StageCount,
  spellsOf,
  stageCounts,
  stageMatrix,
} from './stage-statistics.js';

/** How far back the matrix looks unless it is told. */
const MONTHS_BACK = 12;

export class RelationshipStagesParameters {
  /** Facts up to the end of this day count; default: today in the ledger's zone. */
  @IsOptional()
  @IsDate()
  asOf?: string;

  /** The earlier day of the matrix; default: 12 months before `asOf`. */
  @IsOptional()
  @IsDate()
  since?: string;
}

export interface RelationshipStagesAnswer {
  /** All stages, in order. */
  readonly items: readonly StageCount[];
  /** Pairs of stages that an account has been on, of the accounts known on both days. */
  readonly matrix: readonly MatrixCell[];
  readonly asOf: string;
  readonly since: string;
}

export class RelationshipStagesQuery extends LedgerQuery<RelationshipStagesParameters, RelationshipStagesAnswer> {}

export const relationshipStages = defineQuery({
  summary: 'How many accounts are on each stage of the relationship and for how long, and where they were before',
  permission: 'read-models',
  parameters: RelationshipStagesParameters,
  query: RelationshipStagesQuery,
  form: 'object',
  example: {
    items: [
      { stage: 'exploratory', accounts: 120, medianDays: 85 },
      { stage: 'cooperative', accounts: 44, medianDays: 301.5 },
      { stage: 'interdependent', accounts: 9, medianDays: 190 },
      { stage: 'integrated', accounts: 2, medianDays: 77.5 },
      { stage: 'disintegrating', accounts: 0, medianDays: null },
    ],
    matrix: [
      { from: 'exploratory', to: 'exploratory', accounts: 61 },
      { from: 'exploratory', to: 'cooperative', accounts: 12 },
    ],
    asOf: '2026-11-23',
    since: '2025-11-23',
  },
});

@QueryHandler(RelationshipStagesQuery)
export class RelationshipStagesHandler implements IQueryHandler<RelationshipStagesQuery> {
  constructor(
    @Inject(READ_STORE) private readonly readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
    @Inject(ACCOUNT_DIRECTORY) private readonly accounts: AccountDirectory,
  ) {}

  /** @throws Problem 400 when `since` lies after `asOf` */
  async execute({ parameters, reader }: RelationshipStagesQuery): Promise<RelationshipStagesAnswer> {
    const asOf = dayAskedFor(parameters.asOf, reader, this.settings);
    const since = dayGiven(parameters.since) ?? addMonths(asOf, -MONTHS_BACK);
    if (since > asOf) throw badParameter('since', 'after-as-of', `must not lie after asOf, ${formatDate(asOf)}`);
    const [later, earlier] = await Promise.all([this.spellsOn(asOf, reader), this.spellsOn(since, reader)]);
    return {
      items: stageCounts(later.values(), asOf),
      matrix: stageMatrix(earlier, later),
      asOf: formatDate(asOf),
      since: formatDate(since),
    };
  }

  private async spellsOn(day: number, reader: Reader): Promise<Map<string, Spell>> {
    const [entries, entered] = await Promise.all([
      this.accounts.all(day),
      spellsEntered(this.readStore, this.settings.calendar, day),
    ]);
    return spellsOf(
      entries.filter(({ accountId }) => sees(reader, accountId)),
      entered,
    );
  }
}
