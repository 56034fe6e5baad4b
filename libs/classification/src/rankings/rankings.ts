import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type CatalogVersion, PolicyCatalog, type PolicyChoice } from '../policies/policy-catalog.js';
import { evaluatePolicy, type Ranking } from '../scoring/evaluate-policy.js';
import type { MetricPopulation } from './metric-population.js';
import { Populations } from './populations.js';

/** What a policy version makes of all accounts as of a day. */
export interface DatedRanking {
  readonly version: CatalogVersion;
  readonly population: MetricPopulation;
  readonly ranking: Ranking;
}

/** So many policies' rankings of one population are kept, as long as the population is. */
const RANKINGS_OF_A_POPULATION = 8;

/** Rankings of any day, from the read models. One is made once for a state of the accounts. */
@Injectable()
export class Rankings {
  private readonly made = new WeakMap<MetricPopulation, LRUCache<string, Ranking>>();

  constructor(
    private readonly populations: Populations,
    private readonly catalog: PolicyCatalog,
  ) {}

  /** @param asOf day number @throws Problem 404 for a policy or version that is not there */
  async ranking(choice: PolicyChoice, asOf: number): Promise<DatedRanking> {
    const version = await this.catalog.chosen(choice, asOf);
    const population = await this.populations.at(asOf, version.policy.windowMonths);
    return { version, population, ranking: this.rankingOf(version, population) };
  }

  private rankingOf({ policy }: CatalogVersion, population: MetricPopulation): Ranking {
    let rankings = this.made.get(population);
    if (rankings === undefined) {
      rankings = new LRUCache({ max: RANKINGS_OF_A_POPULATION });
      this.made.set(population, rankings);
    }
    // By what it says, for a draft's may change.
    const key = JSON.stringify(policy);
    const known = rankings.get(key);
    if (known !== undefined) return known;
    const ranking = evaluatePolicy(policy, population);
    rankings.set(key, ranking);
    return ranking;
  }
}
