import { Inject, Injectable } from '@nestjs/common';
import { Map as ImmutableMap } from 'immutable';
import type { ReadStore } from '#event-sourcing';
import {
  ACCOUNT_CHANGES,
  ACCOUNT_DIRECTORY,
  type AccountChanges,
  type AccountDirectory,
  type AccountEntry,
  KeptOfAccounts,
  LEDGER_SETTINGS,
  type LedgerSettings,
  READ_STORE,
  ReadProgress,
} from '#platform';
import type { SurveyMetric } from './satisfaction.events.js';
import { addTallies, NO_RESPONSES, type Tally, withoutTally } from './survey-metrics.js';
import { SurveyMonths, type TalliesByMonth } from './survey-months.js';

/** Measured: some 45 bytes a month of an account, and 400 an account. */
const MONTHS_AN_ACCOUNT = 9;
/** Some 100 MB. */
const MAX_KEPT_MONTHS = 2_000_000;

const NO_MONTHS: TalliesByMonth = new Map();

interface RegionOnDay {
  readonly metric: SurveyMetric;
  readonly region: string;
  /** Day number on which its accounts lie in the region. */
  readonly day: number;
}

/** The accounts of a region that have responses, and what these are together. */
interface RegionMonths {
  readonly accounts: ImmutableMap<string, TalliesByMonth>;
  /** How many months all the accounts have together. */
  readonly months: number;
  readonly total: TalliesByMonth;
}

/** The responses of a region's accounts by calendar month, kept in memory. */
@Injectable()
export class RegionSurveyMonths {
  private readonly kept: KeptOfAccounts<RegionOnDay, RegionMonths>;
  private readonly months: SurveyMonths;

  constructor(
    @Inject(READ_STORE) readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) settings: LedgerSettings,
    @Inject(ACCOUNT_DIRECTORY) private readonly directory: AccountDirectory,
    @Inject(ACCOUNT_CHANGES) private readonly changes: AccountChanges,
    @Inject(ReadProgress) progress: Pick<ReadProgress, 'projectionPositions'>,
  ) {
    this.months = new SurveyMonths(readStore, settings);
    this.kept = new KeptOfAccounts(
      { readStore, changes, progress },
      {
        name: ({ metric, region, day }) => `${metric} ${day} ${region}`,
        make: (asked) => this.make(asked),
        renew: (before, changed, asked) => this.renew(before, changed, asked),
        size: ({ accounts, months }) => MONTHS_AN_ACCOUNT * accounts.size + months,
        maxSize: MAX_KEPT_MONTHS,
      },
    );
  }

  /** Of all the months with responses of any account that lies in the region on that day. */
  async load(asked: RegionOnDay): Promise<TalliesByMonth> {
    return (await this.kept.at(asked)).total;
  }

  private async make({ metric, region, day }: RegionOnDay): Promise<RegionMonths> {
    const ids = idsIn(region, await this.directory.all(day));
    const accounts = ImmutableMap(await this.months.loadEach(metric, ids));
    const total = new Map<number, Tally>();
    for (const months of accounts.values()) addMonths(total, months);
    return { accounts, months: accounts.reduce((sum, { size }) => sum + size, 0), total };
  }

  private async renew(
    before: RegionMonths,
    changed: readonly string[],
    { metric, region, day }: RegionOnDay,
  ): Promise<RegionMonths> {
    const now = await this.months.loadEach(metric, idsIn(region, await this.changes.entries(changed, day)));
    const total = new Map(before.total);
    let count = before.months;
    const accounts = before.accounts.withMutations((map) => {
      for (const accountId of changed) {
        const old = map.get(accountId) ?? NO_MONTHS;
        const months = now.get(accountId) ?? NO_MONTHS;
        count += months.size - old.size;
        for (const [month, tally] of old) {
          total.set(month, withoutTally(total.get(month) ?? NO_RESPONSES, tally));
        }
        addMonths(total, months);
        if (months.size === 0) map.delete(accountId);
        else map.set(accountId, months);
      }
    });
    return { accounts, months: count, total };
  }
}

function idsIn(region: string, entries: readonly AccountEntry[]): readonly string[] {
  return entries.filter((entry) => entry.region === region).map(({ accountId }) => accountId);
}

function addMonths(total: Map<number, Tally>, months: TalliesByMonth): void {
  for (const [month, tally] of months) total.set(month, addTallies(total.get(month) ?? NO_RESPONSES, tally));
}
