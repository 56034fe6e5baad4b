import { Inject, Injectable } from '@nestjs/common';
import type { ReadStore } from '#event-sourcing';
import {
  ACCOUNT_CHANGES,
  ACCOUNT_DIRECTORY,
  type AccountChanges,
  type AccountDirectory,
  KeptOfAccounts,
  METRIC_SOURCES,
  type MetricSource,
  READ_STORE,
  ReadProgress,
} from '#platform';
import { type LoadedSource, MetricPopulation } from './metric-population.js';

/** Some 200 MB. */
const MAX_KEPT_ACCOUNTS = 400_000;

interface Window {
  /** Day number. */
  readonly asOf: number;
  /** null: all history. */
  readonly windowMonths: number | null;
}

/** The metrics of all accounts as of a day over a window, kept in memory. */
@Injectable()
export class Populations {
  private readonly kept: KeptOfAccounts<Window, MetricPopulation>;

  constructor(
    @Inject(READ_STORE) readStore: ReadStore,
    @Inject(METRIC_SOURCES) private readonly sources: readonly MetricSource[],
    @Inject(ACCOUNT_DIRECTORY) private readonly directory: AccountDirectory,
    @Inject(ACCOUNT_CHANGES) private readonly changes: AccountChanges,
    @Inject(ReadProgress) progress: Pick<ReadProgress, 'projectionPositions'>,
  ) {
    this.kept = new KeptOfAccounts(
      { readStore, changes, progress },
      {
        name: ({ asOf, windowMonths }) => `${asOf} ${windowMonths}`,
        make: (window) => this.make(window),
        renew: (before, changed, window) => this.renew(before, changed, window),
        size: ({ accounts }) => accounts.length,
        maxSize: MAX_KEPT_ACCOUNTS,
      },
    );
  }

  /**
   * The same object as long as nothing has changed in it.
   * @param asOf day number
   * @param windowMonths null: all history
   */
  at(asOf: number, windowMonths: number | null): Promise<MetricPopulation> {
    return this.kept.at({ asOf, windowMonths });
  }

  private async make(window: Window): Promise<MetricPopulation> {
    const [accounts, loaded] = await Promise.all([this.directory.all(window.asOf), this.load(window)]);
    return MetricPopulation.of(accounts, loaded);
  }

  private async renew(before: MetricPopulation, changed: readonly string[], window: Window): Promise<MetricPopulation> {
    const entries = await this.changes.entries(changed, window.asOf);
    if (entries.length === 0) return before;
    const accounts = entries.map(({ accountId }) => accountId);
    return before.with(entries, await this.load({ ...window, accounts }));
  }

  private load(request: Window & { readonly accounts?: readonly string[] }): Promise<LoadedSource[]> {
    return Promise.all(
      this.sources.map(async (source) => ({
        source,
        values: await source.load({ ...request, ...withoutShares(source) }),
      })),
    );
  }
}

/** The population makes them itself. */
function withoutShares({ ids, shares }: MetricSource): { readonly ids?: readonly string[] } {
  return shares === undefined ? {} : { ids: ids.filter((id) => !(id in shares)) };
}
