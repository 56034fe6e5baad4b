import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { ReadStore } from '#event-sourcing';
import { ACCOUNT_DIRECTORY, type AccountDirectory, METRIC_SOURCES, type MetricSource, READ_STORE } from '#platform';
import { type CatalogVersion, PolicyCatalog, type PolicyChoice } from '../policies/policy-catalog.js';
import { evaluatePolicy, type Ranking } from '../scoring/evaluate-policy.js';
import { MetricPopulation } from './metric-population.js';

/** What a policy version makes of all accounts as of a day. */
export interface DatedRanking {
  readonly version: CatalogVersion;
  readonly population: MetricPopulation;
  readonly ranking: Ranking;
}

/** Rankings in memory hold at most so many accounts together, some 200 MB; a larger one is made anew for each question. */
const MAX_CACHED_ACCOUNTS = 400_000;

/**
 * Rankings of any day, from the read models. One that was made is kept until a read model moves on, and questions that
 * come while it is being made wait for it.
 */
@Injectable()
export class Rankings {
  private readonly cache = new LRUCache<string, DatedRanking>({
    maxSize: MAX_CACHED_ACCOUNTS,
    sizeCalculation: ({ population }) => population.accounts.length + 1,
  });
  private readonly pending = new Map<string, Promise<DatedRanking>>();

  constructor(
    @Inject(READ_STORE) private readonly readStore: ReadStore,
    @Inject(METRIC_SOURCES) private readonly sources: readonly MetricSource[],
    @Inject(ACCOUNT_DIRECTORY) private readonly directory: AccountDirectory,
    private readonly catalog: PolicyCatalog,
  ) {}

  /** @param asOf day number @throws Problem 404 for a policy or version that is not there */
  async ranking(choice: PolicyChoice, asOf: number): Promise<DatedRanking> {
    // Before anything is read: what is kept under a state of the read models is of that state or newer.
    const state = await this.readModelState();
    const version = await this.catalog.chosen(choice, asOf);
    const key = JSON.stringify([version.policyId, version.version, asOf, state]);
    const cached = this.cache.get(key);
    if (cached !== undefined) return cached;
    const pending = this.pending.get(key) ?? this.begin(key, version, asOf);
    return pending;
  }

  private begin(key: string, version: CatalogVersion, asOf: number): Promise<DatedRanking> {
    const made = this.make(version, asOf)
      .then((ranking) => {
        this.cache.set(key, ranking);
        return ranking;
      })
      .finally(() => this.pending.delete(key));
    this.pending.set(key, made);
    return made;
  }

  private async make(version: CatalogVersion, asOf: number): Promise<DatedRanking> {
    const { windowMonths } = version.policy;
    const [accounts, loaded] = await Promise.all([
      this.directory.all(asOf),
      Promise.all(this.sources.map(async (source) => ({ source, values: await source.load({ asOf, windowMonths }) }))),
    ]);
    const population = new MetricPopulation(accounts, loaded);
    return { version, population, ranking: evaluatePolicy(version.policy, population) };
  }

  private async readModelState(): Promise<string> {
    const checkpoints = await this.readStore.checkpoints();
    return checkpoints
      .map(({ projection, position }) => `${projection}@${position}`)
      .sort()
      .join(' ');
  }
}
